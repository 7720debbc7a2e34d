"""Anthropic's stream keeps its grammar for every reply, and comes to the same message as a whole one."""

import json
from itertools import pairwise
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.errors import BadAnswer, Busy, DragomanError, TimedOut
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
from dragoman.model.reply import Reply, fold
from dragoman.model.turn import Text, ToolCall
from dragoman.turns.repair import settle
from dragoman.wire.anthropic.reply import SIGNATURE, StreamEncoder, encode_count, encode_reply
from tests.streams import ASKED, HEAD, AnthropicMessage, anthropic_events, anthropic_message, replies


def stream_of(events: list[Event], *, noise: bool = False) -> bytes:
    """The whole stream; with `noise`, a ping and a no-op event after each event."""
    encoder = StreamEncoder(HEAD, ASKED)
    out = [encoder.open()]
    for event in events:
        out.append(encoder.feed([event]))
        if noise:
            out += [encoder.ping(), encoder.pulse()]
    return b"".join([*out, encoder.close()])


@pytest.mark.requirement("CC-34")
@pytest.mark.requirement("CC-35")
@given(replies())
def test_every_stream_keeps_the_grammar_and_equals_the_whole_reply(events: list[Event]) -> None:
    streamed = anthropic_message(stream_of(events))
    whole = json.loads(encode_reply(HEAD, settle(fold(events))))
    assert streamed == whole


@given(replies(), st.data())
def test_how_events_are_grouped_changes_no_byte(events: list[Event], data: st.DataObject) -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    marks = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))
    groups = [events[start:end] for start, end in pairwise([0, *marks, len(events)])]
    out = [encoder.open(), *map(encoder.feed, groups), encoder.close()]
    assert b"".join(out) == stream_of(events)


@pytest.mark.requirement("CC-62")
@given(replies())
def test_keeping_alive_leaves_no_trace(events: list[Event]) -> None:
    assert anthropic_message(stream_of(events, noise=True)) == anthropic_message(stream_of(events))


@given(replies())
def test_the_official_client_makes_the_same_of_it(events: list[Event]) -> None:
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for event in anthropic_events(stream_of(events)):
        snapshot = accumulate_event(
            event=event,  # type: ignore[arg-type]
            current_snapshot=snapshot,
            json_bufs=buffers,
        )
    whole = json.loads(encode_reply(HEAD, settle(fold(events))))
    assert [block["type"] for block in whole["content"]] == [block.type for block in snapshot.content]
    for block, made in zip(whole["content"], snapshot.content, strict=True):
        expected = {name: value for name, value in block.items() if name != "input"}
        assert expected.items() <= made.to_dict().items()
        if block["type"] == "tool_use":
            assert block["input"] == (made.input or {})
    assert snapshot.stop_reason == whole["stop_reason"]
    assert snapshot.usage.output_tokens == whole["usage"]["output_tokens"]


@pytest.mark.requirement("CC-39")
@pytest.mark.requirement("CC-57")
@given(replies(), st.data())
def test_a_stream_that_breaks_says_so_and_leaves_at_most_its_first_block_open(
    events: list[Event], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(events)))
    encoder = StreamEncoder(HEAD, ASKED)
    before = encoder.open() + encoder.feed(events[:cut])
    made = AnthropicMessage()
    said = anthropic_events(before + encoder.fail(BadAnswer("gone")))
    for event in said:
        made.feed(event)
    assert made.over == "error"
    closed_before = sum(event["type"] == "content_block_stop" for event in anthropic_events(before))
    kind = "api_error" if closed_before else "overloaded_error"
    assert said[-1] == {"type": "error", "error": {"type": kind, "message": "gone"}}
    assert not any(event["type"] == "message_stop" for event in said)
    assert bool(closed_before) <= (not made.open)


FAILURES: dict[str, tuple[list[Event], DragomanError, str]] = {
    "before anything": ([], BadAnswer("x"), "overloaded_error"),
    "in the first block": ([TextDelta("a")], TimedOut("x"), "overloaded_error"),
    "in the first call": ([CallStarted("1", "f")], BadAnswer("x"), "overloaded_error"),
    "in the second block": ([ThinkingDelta("a"), TextDelta("b")], BadAnswer("x"), "api_error"),
    "after a block": ([CallStarted("1", "f"), CallEnded()], Busy("x"), "api_error"),
}


@pytest.mark.requirement("CC-58")
@pytest.mark.parametrize(("events", "error", "kind"), FAILURES.values(), ids=FAILURES)
def test_where_a_break_can_be_retried(events: list[Event], error: DragomanError, kind: str) -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    encoder.feed(events)
    assert anthropic_events(encoder.fail(error))[-1]["error"]["type"] == kind


STOPS: dict[str, tuple[list[Event], str, str | None]] = {
    "an end": ([Stopped("end")], "end_turn", None),
    "nothing said is an end": ([], "end_turn", None),
    "the length": ([Stopped("length")], "max_tokens", None),
    "a stop sequence": ([Stopped("stop_sequence", "END")], "stop_sequence", "END"),
    "a refusal": ([Stopped("refusal")], "refusal", None),
    "calls": ([CallStarted("1", "f"), CallEnded(), Stopped("end")], "tool_use", None),
    "a tool stop without a call": ([Stopped("tool")], "end_turn", None),
    "a call and the length": ([CallStarted("1", "f"), CallEnded(), Stopped("length")], "max_tokens", None),
}


@pytest.mark.requirement("CC-40")
@pytest.mark.parametrize(("events", "reason", "sequence"), STOPS.values(), ids=STOPS)
def test_stop_reasons(events: list[Event], reason: str, sequence: str | None) -> None:
    for message in (anthropic_message(stream_of(events)), json.loads(encode_reply(HEAD, fold(events)))):
        assert (message["stop_reason"], message["stop_sequence"]) == (reason, sequence)


@pytest.mark.requirement("CC-42")
def test_usage_is_an_estimate_first_and_exact_at_the_end() -> None:
    first, *_rest, last, _stop = anthropic_events(stream_of([Used(Usage(100, 5, cached=60))]))
    assert first["message"]["usage"]["input_tokens"] == HEAD.input_tokens
    assert last["usage"] == {
        "input_tokens": 40,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 60,
        "output_tokens": 5,
    }


@pytest.mark.requirement("CC-38")
def test_blocks_begin_empty() -> None:
    events: list[Event] = [ThinkingDelta("hm"), TextDelta("a"), CallStarted("1", "f"), CallArguments("{}")]
    starts = [
        event["content_block"] for event in anthropic_events(stream_of(events)) if "content_block" in event
    ]
    assert starts == [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "1", "name": "f", "input": {}},
    ]


@pytest.mark.requirement("CC-43")
def test_the_bytes_of_a_small_stream() -> None:
    kinds = [
        (event["type"], event.get("index"), event.get("delta"))
        for event in anthropic_events(stream_of([ThinkingDelta("hm"), TextDelta(""), TextDelta("杭州\n")]))
    ]
    assert kinds[1:-2] == [
        ("content_block_start", 0, None),
        ("content_block_delta", 0, {"type": "thinking_delta", "thinking": "hm"}),
        ("content_block_delta", 0, {"type": "signature_delta", "signature": SIGNATURE}),
        ("content_block_stop", 0, None),
        ("content_block_start", 1, None),
        ("content_block_delta", 1, {"type": "text_delta", "text": "杭州\n"}),
        ("content_block_stop", 1, None),
    ]


@pytest.mark.requirement("CC-41")
def test_an_empty_reply_is_a_message_without_blocks() -> None:
    message = anthropic_message(stream_of([Used(Usage(3, 0)), Stopped("end")]))
    assert message["content"] == []
    assert message["usage"]["output_tokens"] == 0


@pytest.mark.requirement("CC-41")
def test_no_text_is_no_block() -> None:
    message = anthropic_message(stream_of([TextDelta(""), CallStarted("1", "f"), CallEnded(), TextDelta("")]))
    assert [block["type"] for block in message["content"]] == ["tool_use"]


def test_no_json_line_break_can_end_a_frame_early() -> None:
    text = 'a\n\ndata: {"type":"message_stop"}\r\n\r\u2028'
    (block,) = anthropic_message(stream_of([TextDelta(text)]))["content"]
    assert block["text"] == text


def test_a_whole_reply_never_holds_arguments_that_are_no_object() -> None:
    reply = Reply((Text("a"), ToolCall("1", "f", "{'a': 1}")), Stopped("tool"), Usage())
    assert json.loads(encode_reply(HEAD, reply))["content"][1]["input"] == {}


def test_arguments_keep_their_bytes_in_a_whole_reply() -> None:
    reply = Reply((ToolCall("1", "f", '{"b": 1.50, "a": 1}'),), Stopped("tool"), Usage())
    assert b'"input":{"b": 1.50, "a": 1}' in encode_reply(HEAD, reply)


def test_a_call_cut_short_stays_open_so_that_it_cannot_run() -> None:
    events: list[Event] = [CallStarted("1", "f"), CallArguments('{"a": "x'), CallEnded(), Stopped("length")]
    message = anthropic_message(stream_of(events))
    assert message["content"][0]["input"] == '{"a": "x'
    assert message["stop_reason"] == "max_tokens"


def test_a_count() -> None:
    assert json.loads(encode_count(17)) == {"input_tokens": 17}
