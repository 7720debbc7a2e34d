"""The stream keeps its grammar for every reply, and comes to the same response as a whole one."""

import json
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from openai._models import construct_type_unchecked
from openai._types import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseCompletedEvent, ResponseStreamEvent

from dragoman.model.errors import (
    BadAnswer,
    BadRequest,
    Busy,
    DragomanError,
    PromptTooLong,
    RateLimited,
    TimedOut,
)
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
from dragoman.model.reply import fold
from dragoman.model.turn import Request
from dragoman.turns.repair import settle
from dragoman.wire.openai_responses import StreamEncoder, decode_request, encode_reply
from tests.streams import HEAD, replies

# Tools of the names that `replies` calls: one of them freeform.
ASKED: Request = replace(
    decode_request(
        json.dumps(
            {
                "model": "m",
                "input": "Hi",
                "stream": True,
                "metadata": {"k": "v"},
                "temperature": 0.5,
                "tools": [
                    {"type": "custom", "name": "Read"},
                    {"type": "function", "name": "Bash"},
                ],
            }
        ).encode()
    )
)


class Grammar:
    """The grammar of OpenAI's stream: feed it the events in order, then look at what they made."""

    def __init__(self) -> None:
        self.sequence = -1
        self.items: list[dict[str, Any]] = []
        self.open: dict[str, Any] | None = None
        self.part: dict[str, Any] | None = None
        self.text = ""
        self.done = ""
        self.response: dict[str, Any] = {}

    def feed(self, event: dict[str, Any]) -> None:
        assert not self.response or self.response["status"] == "in_progress", "nothing follows the end"
        self.sequence += 1
        assert event["sequence_number"] == self.sequence
        if self.open is not None and "item_id" in event:
            assert event["item_id"] == self.open["id"]
        if "output_index" in event:
            assert event["output_index"] == len(self.items) - (self.open is not None)
        getattr(self, event["type"].removeprefix("response.").replace(".", "_"))(event)

    def created(self, event: dict[str, Any]) -> None:
        assert event["sequence_number"] == 0
        self.in_progress(event)

    def in_progress(self, event: dict[str, Any]) -> None:
        assert event["response"]["status"] == "in_progress"
        assert event["response"]["output"] == []
        assert event["response"]["usage"] is None
        self.response = event["response"]

    def output_item_added(self, event: dict[str, Any]) -> None:
        assert self.open is None
        self.open, self.text, self.done = event["item"], "", ""
        assert event["item"]["status"] == "in_progress"
        assert not any(event["item"].get(name) for name in ("content", "arguments", "input", "summary"))
        self.items.append(event["item"])

    def content_part_added(self, event: dict[str, Any]) -> None:
        assert self.part is None
        assert self.text == ""
        assert event["part"]["text"] == ""
        self.part = event["part"]

    def delta(self, event: dict[str, Any]) -> None:
        assert self.open is not None
        assert not self.done
        assert event["delta"], "an empty delta says nothing"
        self.text += event["delta"]

    output_text_delta = reasoning_text_delta = delta
    function_call_arguments_delta = custom_tool_call_input_delta = delta

    def text_done(self, event: dict[str, Any]) -> None:
        assert self.part is not None
        assert event["text"] == self.text
        self.done = "part"

    def call_done(self, event: dict[str, Any]) -> None:
        assert self.part is None
        assert event.get("arguments", event.get("input")) == self.text
        self.done = "item"

    output_text_done = reasoning_text_done = text_done
    function_call_arguments_done = custom_tool_call_input_done = call_done

    def content_part_done(self, event: dict[str, Any]) -> None:
        assert self.done == "part"
        assert self.part is not None
        assert event["part"] == self.part | {"text": self.text}
        self.part, self.done = None, "item"

    def output_item_done(self, event: dict[str, Any]) -> None:
        item = event["item"]
        assert self.open is not None
        assert self.done == "item"
        assert (item["id"], item["type"]) == (self.open["id"], self.open["type"])
        held = item["content"][0]["text"] if "content" in item else item.get("arguments", item.get("input"))
        assert held == self.text
        self.items[-1], self.open = item, None

    def completed(self, event: dict[str, Any]) -> None:
        assert self.open is None
        self.end(event)

    def end(self, event: dict[str, Any]) -> None:
        assert event["response"]["id"] == self.response["id"]
        assert event["type"] == f"response.{event['response']['status']}"
        self.response = event["response"]

    incomplete = failed = end


def events_of(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream, comments left out; each has an `event:` line that agrees with its `type`."""
    assert stream.endswith(b"\n\n") or not stream
    found = []
    for frame in stream.decode().split("\n\n")[:-1]:
        if frame.startswith(":"):
            continue
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


def stream_of(events: list[Event], *, noise: bool = False) -> bytes:
    """The whole stream; with `noise`, a ping and a no-op event after each event."""
    encoder = StreamEncoder(HEAD, ASKED)
    out = [encoder.open()]
    for event in events:
        out.append(encoder.feed([event]))
        if noise:
            out += [encoder.ping(), encoder.pulse()]
    return b"".join([*out, encoder.close()])


def followed(stream: bytes) -> Grammar:
    grammar = Grammar()
    for event in events_of(stream):
        grammar.feed(event)
    return grammar


def accumulated(stream: bytes) -> Response | None:
    """The response that the accumulator of the `openai` package makes of a stream."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    last: Any = None
    for event in events_of(stream):
        raw = construct_type_unchecked(type_=cast(Any, ResponseStreamEvent), value=event)
        last = [last, *state.handle_event(raw)][-1]
    return last.response if isinstance(last, ResponseCompletedEvent) else None


@given(replies(), st.booleans())
def test_every_stream_keeps_the_grammar_and_equals_the_whole_reply(events: list[Event], noise: bool) -> None:
    made = followed(stream_of(events, noise=noise))
    whole = json.loads(encode_reply(HEAD, settle(fold(events)), ASKED))
    assert made.response == whole
    assert made.items == whole["output"]


@given(replies())
def test_openais_own_package_takes_every_stream(events: list[Event]) -> None:
    stream = stream_of(events, noise=True)
    response = accumulated(stream)
    if response is None:
        assert followed(stream).response["status"] == "incomplete"
        return
    assert response.output_text == "".join(e.text for e in events if isinstance(e, TextDelta))
    assert [item.id for item in response.output] == [item["id"] for item in followed(stream).items]


@given(replies(), st.data())
def test_how_events_are_grouped_changes_no_byte(events: list[Event], data: st.DataObject) -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    marks = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))
    groups = [events[start:end] for start, end in pairwise([0, *marks, len(events)])]
    out = [encoder.open(), *map(encoder.feed, groups), encoder.close()]
    assert b"".join(out) == stream_of(events)


@given(replies(), st.data())
def test_wherever_it_breaks_off_it_ends_in_a_failure(events: list[Event], data: st.DataObject) -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    kept = events[: data.draw(st.integers(0, len(events)))]
    made = followed(encoder.open() + encoder.feed(kept) + encoder.fail(BadAnswer("gone")))
    assert made.response["status"] == "failed"
    assert made.response["error"] == {"code": "server_error", "message": "gone"}


def test_a_whole_stream_event_by_event() -> None:
    events: list[Event] = [
        ThinkingDelta("Hm."),
        TextDelta("Hi"),
        CallStarted("toolu_1", "Bash"),
        CallArguments('{"a":'),
        CallArguments("1}"),
        CallEnded(),
        CallStarted("toolu_2", "Read"),
        CallArguments(r'{"input":"x\ny"}'),
        CallEnded(),
        Used(Usage(10, 5, 4)),
        Stopped("tool"),
    ]
    found = events_of(stream_of(events))
    assert [event["type"].removeprefix("response.") for event in found] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
        "completed",
    ]
    response = found[-1]["response"]
    assert response["id"] == "resp_1"
    assert [item["id"] for item in response["output"]] == ["rs_100", "msg_101", "fc_102", "ctc_103"]
    assert response["output"][3]["input"] == "x\ny"
    assert response["usage"] == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 15,
    }


def test_the_head_says_what_was_asked_for() -> None:
    response = events_of(stream_of([Stopped("end")]))[0]["response"]
    assert response["model"] == "anthropic/tiny"
    assert response["created_at"] == 1_700_000_000
    assert response["metadata"] == {"k": "v"}
    assert response["temperature"] == 0.5
    assert (response["tool_choice"], response["parallel_tool_calls"]) == ("auto", True)
    assert response["text"] == {"format": {"type": "text"}}


ENDS: dict[str, tuple[list[Event], str, Any]] = {
    "the end": ([TextDelta("a"), Stopped("end")], "completed", None),
    "a stop sequence": ([TextDelta("a"), Stopped("stop_sequence", "x")], "completed", None),
    "the limit": ([TextDelta("a"), Stopped("length")], "incomplete", {"reason": "max_output_tokens"}),
    "a refusal": ([Stopped("refusal")], "incomplete", {"reason": "content_filter"}),
}


@pytest.mark.parametrize("case", ENDS)
def test_ends(case: str) -> None:
    events, status, details = ENDS[case]
    response = followed(stream_of(events)).response
    assert (response["status"], response["incomplete_details"]) == (status, details)


def cut_call(name: str, arguments: str, *rest: Event) -> bytes:
    return stream_of([CallStarted("toolu_1", name), CallArguments(arguments), *rest])


@pytest.mark.parametrize(("name", "arguments"), [("Bash", '{"a": "b'), ("Read", '{"input": "rm -r')])
@pytest.mark.parametrize("ended", [[], [CallEnded()]])
def test_a_call_that_the_limit_cut_is_never_done(name: str, arguments: str, ended: list[Event]) -> None:
    made = followed(cut_call(name, arguments, *ended, Stopped("length")))
    assert made.open is not None
    assert made.response["status"] == "incomplete"
    assert made.response["output"][0]["status"] == "incomplete"


def test_a_freeform_call_that_stops_in_its_midst_fails_the_response() -> None:
    made = followed(cut_call("Read", '{"input": "rm -r', CallEnded(), Stopped("tool")))
    assert made.open is not None
    assert made.response["status"] == "failed"
    assert made.response["error"]["message"] == "the model stopped in the middle of a call"


def test_arguments_that_are_no_json_go_to_the_client_which_tells_the_model() -> None:
    made = followed(cut_call("Bash", '{"a": "b', CallEnded(), TextDelta("."), Stopped("end")))
    assert made.response["status"] == "completed"
    assert [item["status"] for item in made.items] == ["incomplete", "completed"]


CODES: dict[str, tuple[DragomanError, str]] = {
    "the prompt": (PromptTooLong(9, 8), "context_length_exceeded"),
    "the request": (BadRequest("no"), "invalid_prompt"),
    "the key's limit": (RateLimited("slow", 5), "rate_limit_exceeded"),
    "a busy engine": (Busy("full"), "server_error"),
    "silence": (TimedOut("long"), "server_error"),
}


@pytest.mark.parametrize("case", CODES)
def test_codes_of_failures(case: str) -> None:
    error, code = CODES[case]
    encoder = StreamEncoder(HEAD, ASKED)
    encoder.open()
    (event,) = events_of(encoder.fail(error))
    assert event["response"]["error"]["code"] == code


def test_pings_are_comments_and_pulses_change_nothing() -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    assert encoder.ping() == b": ping\n\n"
    made = followed(encoder.open() + encoder.feed([TextDelta("a")]) + encoder.pulse() + encoder.close())
    assert made.response["status"] == "completed"
