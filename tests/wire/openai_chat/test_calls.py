"""Calls come out whole and in order, however the engine sends their fragments."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, TextDelta
from dragoman.wire.openai_chat.calls import CallAssembly, JsonSpan
from tests.streams import ARGUMENTS, MARKS, split_text

Fragment = tuple[int | None, str, str, str]
"""Index, id, name, piece of arguments; one per chunk."""
A, B = '{"a": 1}', '{"b": "}{"}'

CASES: dict[str, tuple[list[Fragment], list[tuple[str, str, str]]]] = {
    "whole in one fragment": ([(0, "1", "f", A)], [("1", "f", A)]),
    "name first, then pieces": (
        [(0, "1", "f", ""), (0, "", "", '{"a"'), (0, "", "", ": 1}")],
        [("1", "f", A)],
    ),
    "two calls one after the other": ([(0, "1", "f", A), (1, "2", "g", B)], [("1", "f", A), ("2", "g", B)]),
    "fragments of two calls in turn": (
        [(0, "1", "f", '{"a"'), (1, "2", "g", '{"b": '), (0, "", "", ": 1}"), (1, "", "", '"}{"}')],
        [("1", "f", A), ("2", "g", B)],
    ),
    "the second is complete first": (
        [(0, "1", "f", '{"a"'), (1, "2", "g", B), (0, "", "", ": 1}")],
        [("1", "f", A), ("2", "g", B)],
    ),
    "the name in every fragment": (
        [(0, "1", "f", '{"a"'), (0, "1", "f", ": 1"), (0, "1", "f", "}")],
        [("1", "f", A)],
    ),
    "the name in every fragment, and no id": (
        [(0, "", "f", '{"a"'), (0, "", "f", ": 1"), (0, "", "f", "}")],
        [("", "f", A)],
    ),
    "an id of its own for every fragment": (
        [(0, "1", "f", ""), (0, "2", "", '{"a"'), (0, "3", "", ": 1}")],
        [("1", "f", A)],
    ),
    "the id comes after the name": ([(0, "", "f", ""), (0, "1", "", A)], [("", "f", A)]),
    "the name comes last": ([(0, "1", "", A), (0, "", "f", "")], [("1", "f", A)]),
    "arguments in the last fragment only": (
        [(0, "1", "f", ""), (0, "1", "", ""), (0, "", "", A)],
        [("1", "f", A)],
    ),
    "whole arguments repeated at the end": (
        [(0, "1", "f", '{"a"'), (0, "", "", ": 1}"), (0, "1", "f", A)],
        [("1", "f", A)],
    ),
    "whole arguments repeated without a name": ([(0, "1", "f", A), (0, "", "", A)], [("1", "f", A)]),
    "arguments repeated in the same fragment": ([(0, "1", "f", A + A)], [("1", "f", A)]),
    "the end and a repetition in one fragment": (
        [(0, "1", "f", '{"a"'), (0, "", "", ": 1}" + A)],
        [("1", "f", A)],
    ),
    "a new id and name at the same index": (
        [(0, "1", "f", A), (0, "2", "g", B)],
        [("1", "f", A), ("2", "g", B)],
    ),
    "a new id, the same name, the same index": (
        [(0, "1", "f", A), (0, "2", "f", B)],
        [("1", "f", A), ("2", "f", B)],
    ),
    "a new name at the same index, no ids": (
        [(0, "", "f", A), (0, "", "g", B)],
        [("", "f", A), ("", "g", B)],
    ),
    "the same name again after a whole call, no ids": (
        [(0, "", "f", A), (0, "", "f", B)],
        [("", "f", A), ("", "f", B)],
    ),
    "a call without arguments, then another at the same index": (
        [(0, "1", "f", ""), (0, "2", "g", B)],
        [("1", "f", ""), ("2", "g", B)],
    ),
    "the same without ids": ([(0, "", "f", ""), (0, "", "g", B)], [("", "f", ""), ("", "g", B)]),
    "no arguments": ([(0, "1", "f", "")], [("1", "f", "")]),
    "no index": ([(None, "1", "f", '{"a"'), (None, "", "", ": 1}")], [("1", "f", A)]),
    "no index, fragments told apart by id": (
        [
            (None, "1", "f", '{"a"'),
            (None, "2", "g", '{"b": '),
            (None, "1", "", ": 1}"),
            (None, "2", "", '"}{"}'),
        ],
        [("1", "f", A), ("2", "g", B)],
    ),
    "indexes that begin anywhere": ([(7, "1", "f", A), (3, "2", "g", B)], [("1", "f", A), ("2", "g", B)]),
    "the same id at two indexes": ([(0, "1", "f", A), (1, "1", "f", B)], [("1", "f", A), ("1", "f", B)]),
    "arguments that are a list": ([(0, "1", "f", "[1"), (0, "", "", "]")], [("1", "f", "[1]")]),
    "arguments that never end": ([(0, "1", "f", '{"a": "')], [("1", "f", '{"a": "')]),
    "arguments that are no JSON": ([(0, "1", "f", "ls"), (0, "", "", " -la")], [("1", "f", "ls -la")]),
    "nothing at all": ([(0, "", "", "")], []),
}


def assemble(fragments: list[Fragment], *, cut: bool = False) -> list[Event]:
    assembly = CallAssembly()
    events: list[Event] = []
    for index, id, name, arguments in fragments:
        at = assembly.index_for(0, id) if index is None else index
        events += assembly.feed(at, id, name, arguments)
    events += assembly.close(cut=cut)
    assert assembly.close(cut=cut) == []
    return events


def calls_of(events: list[Event]) -> list[tuple[str, str, str]]:
    """The calls that events come to; events that are no calls in order fail."""
    calls: list[tuple[str, str, str]] = []
    started = False
    for event in events:
        match event:
            case CallStarted(id, name):
                assert not started
                started = True
                calls.append((id, name, ""))
            case CallArguments(text):
                assert started
                id, name, before = calls[-1]
                calls[-1] = (id, name, before + text)
            case CallEnded():
                assert started
                started = False
            case other:
                raise AssertionError(other)
    assert not started
    return calls


@pytest.mark.requirement("CC-50")
@pytest.mark.parametrize(("fragments", "calls"), CASES.values(), ids=CASES)
def test_calls(fragments: list[Fragment], calls: list[tuple[str, str, str]]) -> None:
    assert calls_of(assemble(fragments)) == calls


@st.composite
def shuffled_calls(draw: st.DrawFn) -> tuple[list[Fragment], list[str]]:
    """Parallel calls, each cut anywhere, their fragments in any mixture that keeps each one's order."""
    written = draw(st.lists(ARGUMENTS, min_size=1, max_size=4))
    queues: list[list[Fragment]] = []
    for index, arguments in enumerate(written):
        first: Fragment = (index, f"id{index}", "f", "")
        queues.append([first, *((index, "", "", piece) for piece in split_text(arguments, draw(MARKS)))])
    mixed: list[Fragment] = [queue.pop(0) for queue in queues]
    while remaining := [queue for queue in queues if queue]:
        mixed.append(draw(st.sampled_from(remaining)).pop(0))
    return mixed, written


@given(shuffled_calls())
def test_no_mixture_of_parallel_fragments_mixes_the_calls(made: tuple[list[Fragment], list[str]]) -> None:
    fragments, written = made
    calls = calls_of(assemble(fragments))
    assert [arguments for _id, _name, arguments in calls] == written
    assert [id for id, _name, _arguments in calls] == [f"id{index}" for index in range(len(written))]


def test_a_call_leaves_piece_by_piece() -> None:
    assembly = CallAssembly()
    assert assembly.feed(0, "1", "f", "") == [CallStarted("1", "f")]
    assert assembly.feed(0, "", "", '{"a') == [CallArguments('{"a')]
    assert assembly.open
    assert assembly.feed(0, "", "", '":1}') == [CallArguments('":1}'), CallEnded()]
    assert not assembly.open


CUT: dict[str, tuple[list[Fragment], list[tuple[str, str, str]]]] = {
    "a whole call stays": ([(0, "1", "f", A)], [("1", "f", A)]),
    "a call in progress stays open": ([(0, "1", "f", '{"a"')], [("1", "f", '{"a"')]),
    "a call without arguments yet cannot be run either": ([(0, "1", "f", "")], [("1", "f", "{")]),
    "a waiting call of which nothing was said is dropped": (
        [(0, "1", "f", '{"a"'), (1, "2", "g", '{"b"')],
        [("1", "f", '{"a"')],
    ),
    "a waiting call that is whole stays": (
        [(0, "1", "f", '{"a"'), (1, "2", "g", B)],
        [("1", "f", '{"a"'), ("2", "g", B)],
    ),
}


@pytest.mark.requirement("CC-45")
@pytest.mark.parametrize(("fragments", "calls"), CUT.values(), ids=CUT)
def test_a_reply_that_was_cut(fragments: list[Fragment], calls: list[tuple[str, str, str]]) -> None:
    assert calls_of(assemble(fragments, cut=True)) == calls


def test_a_call_without_a_name_is_given_back_as_text() -> None:
    assert assemble([(0, "1", "", A)]) == [TextDelta(A)]


@given(ARGUMENTS, MARKS, st.text(max_size=5))
def test_the_end_of_an_object_is_found_wherever_it_is_cut(written: str, marks: list[int], after: str) -> None:
    span = JsonSpan()
    taken = ""
    for piece in split_text(written, marks):
        assert not span.complete or not piece
        taken += piece[: span.feed(piece)]
    assert span.complete
    assert taken == written
    assert JsonSpan().feed(written + after) == len(written)
    assert isinstance(json.loads(taken), dict)
