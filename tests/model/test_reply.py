"""A reply is the fold of its events, and its stop reason follows from what is in it."""

import json

import pytest
from hypothesis import given

from dragoman.model.errors import BadAnswer
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Failed,
    Rethought,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import Reply, fold, is_object, stop_reason
from dragoman.model.turn import Text, Thinking, ToolCall
from tests.streams import replies

CASES: dict[str, tuple[list[Event], tuple[Text | Thinking | ToolCall, ...]]] = {
    "nothing": ([], ()),
    "deltas of one kind are one block": ([TextDelta("a"), TextDelta("b")], (Text("ab"),)),
    "another kind is another block": ([ThinkingDelta("a"), TextDelta("b")], (Thinking("a"), Text("b"))),
    "an empty delta is no block": ([TextDelta("")], ()),
    "an empty delta ends no block": (
        [ThinkingDelta("a"), TextDelta(""), ThinkingDelta("b")],
        (Thinking("ab"),),
    ),
    "a call in pieces": (
        [CallStarted("1", "f"), CallArguments('{"a"'), CallArguments(":1}"), CallEnded()],
        (ToolCall("1", "f", '{"a":1}'),),
    ),
    "text after a call is a block of its own": (
        [TextDelta("a"), CallStarted("1", "f"), CallEnded(), TextDelta("b")],
        (Text("a"), ToolCall("1", "f", ""), Text("b")),
    ),
    "a call that never ended": (
        [CallStarted("1", "f"), CallArguments("{")],
        (ToolCall("1", "f", "{"),),
    ),
}


@pytest.mark.parametrize(("events", "blocks"), CASES.values(), ids=CASES)
def test_fold(events: list[Event], blocks: tuple[Text | Thinking | ToolCall, ...]) -> None:
    assert fold(events) == Reply(blocks, Stopped("end"), Usage())


def test_usage_and_stop_in_either_order() -> None:
    used, stopped = Used(Usage(5, 2, 1)), Stopped("length")
    assert fold([used, stopped]) == fold([stopped, used]) == Reply((), stopped, used.usage)


def test_a_failure_is_raised() -> None:
    with pytest.raises(BadAnswer, match="gone"):
        fold([TextDelta("a"), Failed(BadAnswer("gone"))])


@given(replies())
def test_nothing_of_any_reply_is_lost(events: list[Event]) -> None:
    reply = fold(events)
    said = "".join(event.text for event in events if isinstance(event, TextDelta | ThinkingDelta))
    assert said == "".join(block.text for block in reply.blocks if isinstance(block, Text | Thinking))
    assert len(reply.calls) == sum(isinstance(event, CallStarted) for event in events)
    written = "".join(event.text for event in events if isinstance(event, CallArguments))
    assert written == "".join(call.arguments for call in reply.calls)


REASONS: dict[str, tuple[StopReason, int, StopReason]] = {
    "calls make a tool stop, whatever the engine says": ("end", 1, "tool"),
    "a tool stop without calls is an end": ("tool", 0, "end"),
    "the length comes first: a cut call must not run": ("length", 1, "length"),
    "a refusal stays": ("refusal", 1, "refusal"),
    "a stop sequence stays": ("stop_sequence", 0, "stop_sequence"),
    "calls before a stop sequence run": ("stop_sequence", 2, "tool"),
}


@pytest.mark.parametrize(("said", "calls", "reason"), REASONS.values(), ids=REASONS)
def test_stop_reason(said: StopReason, calls: int, reason: StopReason) -> None:
    assert stop_reason(Stopped(said), calls) == reason


OBJECTS: dict[str, tuple[str, bool]] = {
    "an object": ('{"a": [1, {"b": null}]}', True),
    "an empty object": ("{}", True),
    "spaces round it": (' {"a": 1}\n', True),
    "a list": ("[1]", False),
    "a string": ('"{}"', False),
    "nothing": ("", False),
    "null": ("null", False),
    "an open object": ('{"a": 1', False),
    "more after the object": ("{} {}", False),
    "a line break inside a string": ('{"a": "x\ny"}', False),
    "NaN deep inside": ('{"a": {"b": NaN}}', False),
    "a trailing comma": ('{"a": 1,}', False),
    "single quotes": ("{'a': 1}", False),
    "nested without end": ('{"a":' * 100_000, False),
    "nested too deep to be read": ('{"a":' * 5000 + "1" + "}" * 5000, False),
}


@pytest.mark.parametrize(("text", "is_one"), OBJECTS.values(), ids=OBJECTS)
def test_what_can_be_the_arguments_of_a_call(text: str, is_one: bool) -> None:
    assert is_object(text) is is_one
    if is_one:
        assert isinstance(json.loads(text), dict)


def test_text_that_turns_out_to_be_thinking() -> None:
    events: list[Event] = [TextDelta("Let me "), TextDelta("see."), Rethought(), TextDelta("Yes.")]
    assert fold(events).blocks == (Thinking("Let me see."), Text("Yes."))
