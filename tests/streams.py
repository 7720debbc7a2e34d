"""What clients make of our streams, and what engines' streams can be: for the tests of the pure floors.

The accumulators are as strict as the protocols: whatever breaks the grammar fails the test.
"""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import ReplyHead
from dragoman.model.turn import Request, Text, Turn

HEAD = ReplyHead("msg_1", "anthropic/tiny", 1_700_000_000, 7)
ASKED = Request("tiny", (Turn("user", (Text("Hi"),)),), stream=True)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@st.composite
def cuttings(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes, cut anywhere."""
    marks = draw(st.lists(st.integers(0, len(data)), max_size=8).map(sorted))
    return [data[start:end] for start, end in zip([0, *marks], [*marks, len(data)], strict=True)]


def split_text(text: str, marks: list[int]) -> list[str]:
    ends = sorted({mark % (len(text) + 1) for mark in marks} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


MARKS = st.lists(st.integers(0, 200), max_size=4)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3).map(
    lambda given: json.dumps(given, ensure_ascii=False)
)
STOPS = st.sampled_from([Stopped("end"), Stopped("length"), Stopped("tool"), Stopped("stop_sequence", "\n")])
USAGES = st.builds(Usage, st.integers(50, 99), st.integers(0, 99), st.integers(0, 50))


@st.composite
def replies(draw: st.DrawFn) -> list[Event]:
    """The events of a complete reply, as the neutral model allows them."""
    events: list[Event] = []
    for kind in draw(st.lists(st.sampled_from(["text", "thinking", "call"]), max_size=6)):
        if kind == "call":
            events.append(CallStarted(f"toolu_{len(events)}", draw(st.sampled_from(["Bash", "Read"]))))
            events += map(CallArguments, split_text(draw(ARGUMENTS | st.just("")), draw(MARKS)))
            events.append(CallEnded())
        else:
            made = TextDelta if kind == "text" else ThinkingDelta
            events += map(made, draw(st.lists(st.text(max_size=6), min_size=1, max_size=4)))
    ends: list[Event] = [Used(draw(USAGES)), draw(STOPS)]
    return events + draw(st.permutations(ends))


def anthropic_events(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream; each has an `event:` line that agrees with its `type`."""
    assert stream.endswith(b"\n\n") or not stream
    events: list[dict[str, Any]] = []
    for frame in stream.decode().split("\n\n")[:-1]:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


class AnthropicMessage:
    """Anthropic's own grammar: feed it a stream's events in order, then look at what they made."""

    def __init__(self) -> None:
        self.message: dict[str, Any] | None = None
        self.content: list[dict[str, Any]] = []
        self.open: str = ""
        self.input = ""
        self.over = ""

    def feed(self, event: dict[str, Any]) -> None:
        assert not self.over, "nothing follows message_stop or error"
        match event["type"]:
            case "ping":
                return
            case "message_start":
                assert self.message is None
                self.message = event["message"]
                assert self.message is not None
                assert self.message["content"] == []
                return
            case "error":
                # Only the first block may be left open: closed, it would make Claude Code end the turn.
                assert not self.open or len(self.content) == 1
                self.over = "error"
                return
        assert self.message is not None, "message_start comes first"
        getattr(self, event["type"])(event)

    def content_block_start(self, event: dict[str, Any]) -> None:
        assert not self.open
        assert self.message is not None
        assert self.message["stop_reason"] is None
        assert event["index"] == len(self.content)
        block = event["content_block"]
        self.open = block["type"]
        assert not any(block.get(name) for name in ("text", "thinking", "signature", "input"))
        if self.open == "tool_use":
            assert block["id"]
            assert block["name"]
        self.content.append(block)
        self.input = ""

    def content_block_delta(self, event: dict[str, Any]) -> None:
        assert event["index"] == len(self.content) - 1
        block, delta = self.content[-1], event["delta"]
        match self.open, delta["type"]:
            case "text", "text_delta":
                block["text"] += delta["text"]
            case "thinking", "thinking_delta":
                block["thinking"] += delta["thinking"]
            case "thinking", "signature_delta":
                block["signature"] = delta["signature"]
            case "tool_use" | "server_tool_use", "input_json_delta":
                self.input += delta["partial_json"]
            case other:
                raise AssertionError(other)

    def content_block_stop(self, event: dict[str, Any]) -> None:
        assert self.open
        assert event["index"] == len(self.content) - 1
        if self.open in ("tool_use", "server_tool_use"):
            try:
                self.content[-1]["input"] = json.loads(self.input or "{}")
            except ValueError:
                self.content[-1]["input"] = Unparsed(self.input)
        self.open = ""

    def message_delta(self, event: dict[str, Any]) -> None:
        assert self.message is not None
        assert self.message["stop_reason"] is None
        assert not self.open or event["delta"]["stop_reason"] is None
        self.message |= event["delta"] | {"usage": event["usage"]}

    def message_stop(self, _event: dict[str, Any]) -> None:
        assert self.message is not None
        assert not self.open
        assert self.message["stop_reason"] is not None
        self.over = "stop"


class Unparsed(str):
    """Arguments that a client could not parse, so that it does not run the call."""


def anthropic_message(stream: bytes) -> dict[str, Any]:
    """The message that a whole, good stream comes to."""
    made = AnthropicMessage()
    for event in anthropic_events(stream):
        made.feed(event)
    assert made.over == "stop"
    assert made.message is not None
    return made.message | {"content": made.content}


def chat_chunks(stream: bytes) -> list[Any]:
    """The chunks of a chat stream, comments left out, `[DONE]` as None."""
    assert stream.endswith(b"\n\n") or not stream
    frames = [frame for frame in stream.decode().split("\n\n")[:-1] if not frame.startswith(":")]
    assert all(frame.startswith("data: ") for frame in frames)
    found = [frame.removeprefix("data: ") for frame in frames]
    return [None if chunk == "[DONE]" else json.loads(chunk) for chunk in found]


def chat_completion(stream: bytes) -> dict[str, Any]:
    """What a client of OpenAI's protocol makes of a whole, good stream."""
    chunks = chat_chunks(stream)
    assert chunks.pop() is None
    assert None not in chunks
    made: dict[str, Any] = {"content": "", "reasoning": "", "tool_calls": [], "finish_reason": None}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    for chunk in chunks:
        assert chunk["object"] == "chat.completion.chunk"
        if usage := chunk.get("usage"):
            made["usage"] = usage
        for choice in chunk["choices"]:
            assert made["finish_reason"] is None
            made["finish_reason"] = choice["finish_reason"]
            take_chat_delta(made, choice["delta"])
    assert made["finish_reason"] is not None
    return made


def take_chat_delta(made: dict[str, Any], delta: dict[str, Any]) -> None:
    made["content"] += delta.get("content") or ""
    made["reasoning"] += delta.get("reasoning") or ""
    assert delta.get("reasoning") == delta.get("reasoning_content")
    for call in delta.get("tool_calls", []):
        if "id" in call:
            assert call["index"] == len(made["tool_calls"])
            made["tool_calls"].append({"id": call["id"], **call["function"]})
        else:
            assert call["index"] == len(made["tool_calls"]) - 1
            made["tool_calls"][-1]["arguments"] += call["function"]["arguments"]
