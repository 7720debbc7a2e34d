"""The two checks before anybody is told that all is ready: an answer streams, a forced tool call comes back.

Both are real requests over HTTP to the gateway, as a client would send them. The second works only where
the engine has the logits processor of `embedded/scripted.py`.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec

from dragoman.model.errors import DragomanError
from dragoman.sse import Decoder
from dragoman.transport.upstream import Connection, Upstream, reason

TIMEOUT = 300.0

QUESTION = "杭州今天天气怎么样？"
ARGUMENTS = {"location": "Hangzhou"}
SCRIPT = '<tool_call>\n{"name": "get_weather", "arguments": {"location": "Hangzhou"}}\n</tool_call>'
WEATHER = {
    "name": "get_weather",
    "description": "The weather at a place.",
    "input_schema": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}


class CheckFailed(DragomanError):
    """Something answered, but not as it must."""

    def __init__(self, seen: str) -> None:
        super().__init__(f"the self-check failed: {seen}")


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway, the key that it wants, and a model that it serves."""

    url: str
    key: str
    model: str


@dataclass(slots=True)
class Seen:
    """What a streamed answer held."""

    seconds: float = 0.0
    pieces: int = 0
    tokens: int = 0
    tool: str = ""
    arguments: str = ""
    stop: str = ""
    ended: bool = False


async def answer(target: Target, tokens: int = 16) -> Seen:
    """A short plain answer, streamed. Raises CheckFailed."""
    seen = await ask(target, {"max_tokens": tokens, "messages": [{"role": "user", "content": "Say hello."}]})
    if not seen.pieces:
        raise CheckFailed("the engine's answer was empty: no text came in the stream")
    return seen


async def tool_call(target: Target) -> Seen:
    """A tool call whose text the engine is made to write token by token. Raises CheckFailed."""
    script = base64.b64encode(SCRIPT.encode()).decode()
    content = f"{QUESTION} [[SCRIPT64:{script}]]"
    messages = [{"role": "user", "content": content}]
    seen = await ask(target, {"max_tokens": 256, "messages": messages, "tools": [WEATHER]})
    try:
        given = msgspec.json.decode(seen.arguments or "{}")
    except msgspec.DecodeError:
        given = seen.arguments
    if (seen.tool, given, seen.stop) != (WEATHER["name"], ARGUMENTS, "tool_use"):
        came = (
            f"{seen.tool or 'no tool'} with {seen.arguments or 'nothing'}, stop reason {seen.stop or 'none'}"
        )
        raise CheckFailed(f"the forced tool call did not come back whole: {came}")
    return seen


async def ask(target: Target, request: dict[str, Any]) -> Seen:
    """One streamed request in Anthropic's protocol."""
    seen, began = Seen(), time.monotonic()
    headers = {"anthropic-version": "2023-06-01", "content-type": "application/json"}
    if target.key:
        headers["x-api-key"] = target.key
    body = msgspec.json.encode({"model": target.model, "stream": True, "temperature": 0, **request})
    client = Upstream()
    try:
        async with asyncio.timeout(TIMEOUT):
            reply = await client.request("POST", f"{target.url}/v1/messages", headers, body)
            with closing(reply):
                if reply.status != 200:
                    raise CheckFailed(f"the gateway answered {reply.status}: {said(await reply.read())}")
                async for event in events(reply):
                    take(event, seen)
    except OSError as error:  # a TimeoutError too
        raise CheckFailed(f"the request broke off: {reason(error)}") from None
    if not seen.ended:
        raise CheckFailed("the stream ended before the answer did")
    seen.seconds = time.monotonic() - began
    return seen


async def events(reply: Connection) -> AsyncIterator[dict[str, Any]]:
    decoder = Decoder()
    while data := await reply.read():
        for event in decoder.feed(data):
            yield msgspec.json.decode(event)


def take(event: dict[str, Any], seen: Seen) -> None:
    """Add what an event tells."""
    match event:
        case {"type": "content_block_start", "content_block": {"type": "tool_use", "name": name}}:
            seen.tool = name
        case {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": piece}}:
            seen.arguments += piece
        case {"type": "content_block_delta"}:
            seen.pieces += 1
        case {"type": "message_delta", "delta": {"stop_reason": str(stop)}}:
            seen.stop = stop
            seen.tokens = event.get("usage", {}).get("output_tokens", 0)
        case {"type": "message_stop"}:
            seen.ended = True
        case {"type": "error", "error": {"message": message}}:
            raise CheckFailed(f"the stream broke off: {message}")


def said(body: bytes) -> str:
    """The message of an error's body."""
    try:
        return str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "nothing"
