"""A call being built: what is sent when, and what its end says."""

import pytest

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, Repaired
from dragoman.toolcalls import offered
from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.source import NotACall, Source

TOOLS = offered(
    [{"name": "act", "parameters": {"properties": {"n": {"type": "integer"}}, "required": ["text"]}}]
)


def new(strict: bool = False) -> tuple[Call, list[Event]]:
    out: list[Event] = []
    return Call(Source(), TOOLS, out, strict), out


def test_nothing_is_sent_before_an_argument_is() -> None:
    call, out = new()
    call.begin("act")
    call.open_string("text")
    assert out == []
    call.stream("a")
    assert out == [CallStarted("", "act"), CallArguments('{"text": "a')]
    call.close_string()
    call.finish()
    assert out[2:] == [CallArguments('"'), CallArguments("}"), CallEnded()]


def test_a_call_without_arguments_is_an_empty_object() -> None:
    call, out = new()
    call.begin("act", "id")
    call.finish()
    assert out == [CallStarted("id", "act"), CallArguments("{}"), CallEnded()]


def test_the_first_of_duplicates_wins() -> None:
    call, out = new()
    call.begin("act")
    call.members({"a": "1"})
    call.members({"a": "2"})
    call.finish()
    assert CallArguments('{"a": "1"') in out
    assert Repaired("duplicate") in out


def test_complete_is_when_every_required_property_is() -> None:
    call, _ = new()
    assert not call.complete
    call.begin("act")
    call.open_string("text")
    assert not call.complete
    call.close_string()
    assert call.complete


def test_each_kind_of_repair_is_said_once() -> None:
    call, out = new()
    call.begin("Act")
    call.members({"n": "1", "m": None})
    call.notes.append("name")
    call.finish()
    assert [event.kind for event in out if isinstance(event, Repaired)] == ["name", "type"]


def test_a_call_that_is_left_open_is_no_json() -> None:
    call, out = new()
    call.begin("act")
    call.members({"m": "1"})
    call.leave_open(" and so on")
    assert out[1:] == [CallArguments('{"m": "1"'), CallArguments(" and so on"), CallEnded()]


def test_only_tools_on_offer_count_where_the_text_may_be_mere_text() -> None:
    call, _ = new(strict=True)
    with pytest.raises(NotACall):
        call.begin("other")
    with pytest.raises(NotACall):
        new()[0].begin("")


def test_calls_are_counted_when_they_are_finished() -> None:
    calls = Calls(Source(), TOOLS, [])
    calls.new().begin("act")
    assert calls.made == 0
    calls.finish()
    assert (calls.made, calls.current) == (1, None)
