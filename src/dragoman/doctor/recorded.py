"""A client's request that somebody kept: a JSON body, an object with `path` and `body`, or HTTP as text."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.doctor.seen import Protocol, Recorded

LARGEST = 64 << 20
_HEAD = re.compile(rb"\A\s*(?:POST|GET|PUT)\s+(\S+)[^\r\n]*\r?\n")
_ROUTES: tuple[tuple[str, Protocol], ...] = (
    ("/messages", "anthropic"),
    ("/messages/count_tokens", "anthropic"),
    ("/chat/completions", "openai"),
    ("/responses", "responses"),
)
_ANTHROPIC_FIELDS = frozenset({"system", "stop_sequences", "anthropic_version", "context_management"})
_OPENAI_FIELDS = frozenset(
    {"response_format", "stream_options", "max_completion_tokens", "parallel_tool_calls", "functions"}
    | {"frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "reasoning_effort"}
)
_ANTHROPIC_BLOCKS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking", "document"})


def read(file: str, text: bytes) -> Recorded:
    """What a file holds; `wrong` says why it is no request."""
    if len(text) > LARGEST:
        return Recorded(file, wrong=f"it has more than {LARGEST >> 20} MiB")
    path, raw = "", text.removeprefix(b"\xef\xbb\xbf")
    if head := _HEAD.match(raw):
        path = head[1].decode("latin-1")
        raw = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Recorded(file, path=path, wrong=f"it is no JSON: {error}")
    if isinstance(body, dict) and isinstance(body.get("body"), dict) and "messages" not in body:
        path = str(body.get("path") or body.get("url") or path)
        body = body["body"]
    if not isinstance(body, dict):
        return Recorded(file, path=path, wrong="it is JSON, but no object")
    if not {"messages", "input", "prompt"} & body.keys():
        return Recorded(file, path=path, wrong="it has neither `messages` nor `input`")
    return Recorded(file, body, len(msgspec.json.encode(body)), path, protocol_of(body))


def route_protocol(path: str) -> Protocol:
    """The protocol of a route; empty for one that belongs to none."""
    bare = path.partition("?")[0].rstrip("/")
    return next((protocol for tail, protocol in _ROUTES if bare.endswith(tail)), "")


def protocol_of(body: Mapping[str, Any]) -> Protocol:
    """The protocol in which a body is written; empty where both could be."""
    if "messages" not in body:
        return "responses" if "input" in body else ""
    if _ANTHROPIC_FIELDS & body.keys() or isinstance(body.get("thinking"), dict):
        return "anthropic"
    if _OPENAI_FIELDS & body.keys():
        return "openai"
    return _by_tools(body) or _by_messages(body)


def messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The messages that are objects."""
    found = body.get("messages")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts of a message's content that are objects; none where it is a text."""
    found = message.get("content")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def tools(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tools on offer that are objects."""
    found = body.get("tools")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _by_tools(body: Mapping[str, Any]) -> Protocol:
    if any("function" in tool for tool in tools(body)):
        return "openai"
    return "anthropic" if any("input_schema" in tool for tool in tools(body)) else ""


def _by_messages(body: Mapping[str, Any]) -> Protocol:
    for message in messages(body):
        if message.get("role") in ("tool", "developer") or "tool_calls" in message:
            return "openai"
        if any(block.get("type") in _ANTHROPIC_BLOCKS for block in blocks(message)):
            return "anthropic"
        if any(block.get("type") in ("image_url", "file", "input_audio") for block in blocks(message)):
            return "openai"
    return ""
