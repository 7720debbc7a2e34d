"""Ids of calls inward: the family's form, the same for call and result, stable as the conversation grows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.streams  # noqa: F401  (its settings of Hypothesis)
from dragoman.model.profile import Ids
from dragoman.model.turn import Request, Text, ToolCall, ToolResult, Turn
from dragoman.turns.ids import NINE, with_ids


def calls(*pairs: tuple[str, str]) -> Turn:
    return Turn("assistant", (Text("now"), *(ToolCall(id, name, "{}") for id, name in pairs)))


def results(*ids: str) -> Turn:
    return Turn("user", (*(ToolResult(id, (Text("ok"),)) for id in ids), Text("and then")))


def ids_of(request: Request) -> list[str]:
    """The ids of calls and results, in order."""
    found: list[str] = []
    for turn in request.turns:
        for block in turn.blocks:
            if isinstance(block, ToolCall):
                found.append(block.id)
            elif isinstance(block, ToolResult):
                found.append(block.call_id)
    return found


TWO = (calls(("toolu_a", "Read"), ("toolu_b", "Bash")), results("toolu_a", "toolu_b"))
AGAIN = (calls(("toolu_c", "Read")), results("toolu_c"))

CASES: dict[str, tuple[Ids, tuple[Turn, ...], list[str]]] = {
    "any leaves them": ("any", TWO, ["toolu_a", "toolu_b"] * 2),
    "kimi's hold the name and count over the conversation": (
        "kimi",
        (*TWO, *AGAIN),
        [*["functions.Read:0", "functions.Bash:1"] * 2, *["functions.Read:2"] * 2],
    ),
    "kimi's own are counted anew": (
        "kimi",
        (calls(("functions.Read:7", "Read")), results("functions.Read:7")),
        ["functions.Read:0"] * 2,
    ),
    "an id that an engine gives in every turn is told apart": (
        "kimi",
        (calls(("call_0", "Read")), results("call_0"), calls(("call_0", "Bash")), results("call_0")),
        [*["functions.Read:0"] * 2, *["functions.Bash:1"] * 2],
    ),
    "two calls with one id have a result each": (
        "kimi",
        (calls(("x", "Read"), ("x", "Read")), results("x", "x")),
        ["functions.Read:0", "functions.Read:1"] * 2,
    ),
    "a result without a call keeps its id": ("kimi", (results("nobody"),), ["nobody"]),
    "mistral's own stay": (
        "mistral",
        (calls(("abcDEF123", "Read")), results("abcDEF123")),
        ["abcDEF123"] * 2,
    ),
}


@pytest.mark.parametrize(("form", "turns", "expected"), CASES.values(), ids=CASES)
def test_ids_take_the_form(form: Ids, turns: tuple[Turn, ...], expected: list[str]) -> None:
    assert ids_of(with_ids(Request("m", turns), form)) == expected


def test_mistrals_are_nine_letters_and_digits_that_follow_from_ours() -> None:
    made = ids_of(with_ids(Request("m", (*TWO, *AGAIN)), "mistral"))
    assert made[:2] == made[2:4]
    assert made[4] == made[5]
    assert len(set(made)) == 3
    assert all(re.fullmatch("[0-9a-zA-Z]{9}", id) for id in made)
    assert made == ids_of(with_ids(Request("m", (*TWO, *AGAIN)), "mistral"))


def test_nothing_but_ids_changes() -> None:
    request = Request("m", TWO)
    assert with_ids(request, "any") is request
    made = with_ids(request, "mistral")
    for before, after in zip(request.turns, made.turns, strict=True):
        assert [type(block) for block in before.blocks] == [type(block) for block in after.blocks]
    assert made.turns[1].blocks[2] == request.turns[1].blocks[2]


IDS = st.sampled_from(["a", "b", "toolu_1", "abcdefghi", "123456789", "\ud800"]) | st.text(max_size=12)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Turn, ...]:
    """Turns as they come out of sanitizing: each call has one result, in the order of the calls."""
    turns: list[Turn] = []
    for _round in range(draw(st.integers(0, 6))):
        pairs = draw(st.lists(st.tuples(IDS, st.sampled_from(["Read", "Bash", "x.y:1"])), max_size=3))
        turns += [calls(*pairs), results(*(id for id, _name in pairs))]
    return tuple(turns)


@given(conversations(), st.sampled_from(["kimi", "mistral"]), st.integers(0, 12))
def test_a_longer_conversation_begins_with_the_shorter(
    turns: tuple[Turn, ...], form: Ids, length: int
) -> None:
    whole = with_ids(Request("m", turns), form)
    assert with_ids(Request("m", turns[:length]), form).turns == whole.turns[:length]
    assert with_ids(whole, form) == whole


@given(conversations(), st.sampled_from(["kimi", "mistral"]))
def test_ids_are_unique_and_results_follow_their_calls(turns: tuple[Turn, ...], form: Ids) -> None:
    given_ids: list[str] = []
    expected: list[str] = []
    for turn in with_ids(Request("m", turns), form).turns:
        if turn.role == "assistant":
            expected = ids_of(Request("m", (turn,)))
            given_ids += expected
        else:
            assert ids_of(Request("m", (turn,))) == expected
    assert len(given_ids) == len(set(given_ids))
    assert form == "kimi" or all(NINE.fullmatch(id) for id in given_ids)
