"""Calls of custom tools and of older functions, as clients read them: streamed in any pieces, and whole."""

import json
from typing import Any

import pytest
from msgspec import Raw

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, Stopped, Usage
from dragoman.model.reply import Reply, ReplyHead
from dragoman.model.turn import Request, Tool, ToolCall, Turn
from dragoman.wire.freeform import wrap
from dragoman.wire.openai_chat.reply import StreamEncoder, encode_reply

HEAD = ReplyHead("chatcmpl-1", "m", 0, 0)
PATCH = '*** Begin Patch\n+"a"\\ 你好\n*** End Patch\n'
ARGUMENTS = wrap(PATCH)


def asked(shape: str) -> Request:
    extra = {"shape": Raw(json.dumps(shape).encode())} if shape else {}
    return Request("m", (Turn("user", ()),), tools=(Tool("p", extra=extra), Tool("f")))


def streamed(request: Request, events: list[Event]) -> tuple[list[dict[str, Any]], str]:
    """The deltas and the reason of the end."""
    encoder = StreamEncoder(HEAD, request)
    lines = (encoder.feed(events) + encoder.feed([Stopped("tool")]) + encoder.close()).decode().split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line and "[DONE]" not in line]
    choices = [chunk["choices"][0] for chunk in chunks]
    return [choice["delta"] for choice in choices[:-1]], choices[-1]["finish_reason"]


def call(name: str, arguments: str, size: int) -> list[Event]:
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    return [CallStarted("1", name), *map(CallArguments, pieces), CallEnded()]


def joined(deltas: list[dict[str, Any]], kind: str, field: str) -> str:
    return "".join(call[kind].get(field, "") for delta in deltas for call in delta["tool_calls"])


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("shape", "kind", "field", "arguments", "expected"),
    [
        ("", "function", "arguments", ARGUMENTS, ARGUMENTS),
        ("text", "function", "arguments", ARGUMENTS, PATCH),
        ("custom", "custom", "input", ARGUMENTS, PATCH),
        ("custom", "custom", "input", '{"text": "other"}', "other"),
    ],
)
def test_a_streamed_call(shape: str, kind: str, field: str, arguments: str, expected: str, size: int) -> None:
    deltas, reason = streamed(asked(shape), call("p", arguments, size))
    first = deltas[0]["tool_calls"][0]
    assert (first["index"], first["id"], first["type"], first[kind]) == (
        0,
        "1",
        kind,
        {"name": "p", field: ""},
    )
    assert joined(deltas, kind, field) == expected
    assert reason == "tool_calls"


def test_shapes_may_be_mixed() -> None:
    deltas, _ = streamed(asked("custom"), [*call("p", ARGUMENTS, 9), *call("f", "{}", 9)])
    assert joined([d for d in deltas if "custom" in d["tool_calls"][0]], "custom", "input") == PATCH
    assert deltas[-1]["tool_calls"][0] == {"index": 1, "function": {"arguments": "{}"}}


def test_the_older_function_call_streams_once() -> None:
    deltas, reason = streamed(asked("legacy"), [*call("p", '{"a":1}', 3), *call("p", "{}", 3)])
    assert deltas[0] == {"function_call": {"name": "p", "arguments": ""}}
    assert "".join(delta["function_call"]["arguments"] for delta in deltas) == '{"a":1}'
    assert reason == "function_call"


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("text", {"id": "1", "type": "function", "function": {"name": "p", "arguments": PATCH}}),
        ("custom", {"id": "1", "type": "custom", "custom": {"name": "p", "input": PATCH}}),
    ],
)
def test_a_whole_call(shape: str, message: dict[str, Any]) -> None:
    body = whole(shape)
    assert body["message"]["tool_calls"] == [message]
    assert body["finish_reason"] == "tool_calls"


def test_a_whole_call_the_older_way() -> None:
    body = whole("legacy")
    assert body["message"]["function_call"] == {"name": "p", "arguments": ARGUMENTS}
    assert "tool_calls" not in body["message"]
    assert body["finish_reason"] == "function_call"


def whole(shape: str) -> Any:
    reply = Reply(blocks=(ToolCall("1", "p", ARGUMENTS),), stopped=Stopped("tool"), usage=Usage())
    return json.loads(encode_reply(HEAD, reply, asked(shape)))["choices"][0]
