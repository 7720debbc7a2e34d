"""A text parsed from end to end, as the command line shows it."""

from dragoman.model.events import CallStarted, Repaired
from dragoman.toolcalls import ANYTHING, offered, parse, plain, released
from dragoman.toolcalls.hermes_json import FORMAT

CALL = '<tool_call>{"name": "a", "arguments": {"b": 1}}</tool_call>'


def test_a_whole_text() -> None:
    assert parse(f"<think>Hm.</think>Hi.{CALL}", FORMAT, ANYTHING) == {
        "content": "Hi.",
        "reasoning": "Hm.",
        "tool_calls": [{"name": "a", "arguments": {"b": 1}}],
        "repairs": [],
    }


def test_in_pieces_it_is_the_same() -> None:
    words = f"Hm.</think>Hi.{CALL}"
    assert parse("", FORMAT, ANYTHING, list(words)) == parse(words, FORMAT, ANYTHING)


def test_arguments_that_were_cut_are_their_text() -> None:
    found = parse('<tool_call>{"name": "a", "arguments": {"b": 1, "c', FORMAT, ANYTHING, cut=True)
    assert found["tool_calls"] == [{"name": "a", "arguments": '{"b": 1'}]


def test_tools_in_both_forms() -> None:
    schema = {"type": "object", "properties": {"b": {"type": "string"}}}
    for tool in (
        {"name": "a", "input_schema": schema},
        {"type": "function", "function": {"name": "a", "parameters": schema}},
        {"name": "a", "parameters": schema},
    ):
        found = parse(CALL, FORMAT, offered([tool]))
        assert found["tool_calls"] == [{"name": "a", "arguments": {"b": "1"}}]
        assert found["repairs"] == ["type"]


def test_no_tools_is_not_the_same_as_nobody_knows() -> None:
    assert parse(CALL, FORMAT, offered([]))["content"] == CALL
    assert parse(CALL, FORMAT, offered(None))["content"] is None


def test_what_each_piece_releases() -> None:
    assert [len(events) for events in released(FORMAT, ANYTHING, ["a", "<too", "x"])] == [1, 0, 1, 0]


def test_events_as_json() -> None:
    assert plain(CallStarted("1", "a")) == {"type": "call", "id": "1", "name": "a"}
    assert plain(Repaired("type")) == {"type": "repaired", "kind": "type"}
