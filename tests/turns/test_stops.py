"""Stop sequences beyond those that an engine takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.turns.stops import StopWatch

CASES: dict[str, tuple[list[str], str, str, str]] = {
    "nothing is met": (["END"], "a text", "a text", ""),
    "what stands before it is said": (["END"], "one END two", "one ", "END"),
    "the one that is complete first": (["abcd", "bc"], "xabcdy", "xa", "bc"),
    "the first in the text": (["b", "a"], "xaby", "x", "a"),
    "a beginning that goes no further is text": (["END"], "the EN", "the EN", ""),
    "a beginning within a beginning": (["aab"], "aaab.", "a", "aab"),
    "characters that mean something to a pattern": (["(.*)"], "f(.*)", "f", "(.*)"),
}


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("case", CASES)
def test_what_is_said_and_what_ended_it(case: str, size: int) -> None:
    sequences, text, said, met = CASES[case]
    watch = StopWatch(sequences)
    assert "".join(map(watch.feed, cut(text, size))) + watch.close() == said
    assert watch.met == met


def test_text_that_cannot_become_a_sequence_leaves_at_once() -> None:
    watch = StopWatch(["STOP"])
    assert watch.feed("hello S") == "hello "
    assert watch.feed("un") == "Sun"


@given(
    st.text("abc", max_size=30),
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=4),
    st.data(),
)
def test_how_it_is_cut_changes_nothing(text: str, sequences: list[str], data: st.DataObject) -> None:
    whole = StopWatch(sequences)
    said = whole.feed(text) + whole.close()
    pieces = StopWatch(sequences)
    heard, rest = "", text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        heard += pieces.feed(rest[:size])
        rest = rest[size:]
    heard += pieces.close()
    assert (heard, pieces.met) == (said, whole.met)
    assert text.startswith(said + whole.met)
