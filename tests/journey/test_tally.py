"""Calls and repairs are counted with the tool that they concern."""

from collections.abc import Callable

import pytest

from dragoman.journey.tally import Tally
from dragoman.model.effects import ToolUse

OFFERED = ("Read", "Write")


def call(tally: Tally, name: str, *before_its_end: str) -> None:
    tally.started(name)
    for kind in before_its_end:
        tally.repaired(kind)
    tally.ended()


def two_tools(tally: Tally) -> None:
    call(tally, "Read", "type", "type")
    call(tally, "Write", "quote")
    call(tally, "Read")


def after_its_end(tally: Tally) -> None:
    call(tally, "Read")
    tally.repaired("leak")


def given_back(tally: Tally) -> None:
    call(tally, "Read")
    tally.repaired("text", "Write")


def made_up(tally: Tally) -> None:
    call(tally, "Raed", "brace")
    call(tally, "Rite", "brace")
    tally.repaired("text", "Nothing")


CASES: dict[str, tuple[Callable[[Tally], None], dict[str, ToolUse]]] = {
    "each call is its tool's": (
        two_tools,
        {"Read": ToolUse(2, {"type": 2}), "Write": ToolUse(1, {"quote": 1})},
    ),
    "a repair after the end of a call is that call's": (after_its_end, {"Read": ToolUse(1, {"leak": 1})}),
    "a call given back as text has its own name": (
        given_back,
        {"Read": ToolUse(1), "Write": ToolUse(0, {"text": 1})},
    ),
    "names that a model made up are one": (made_up, {"": ToolUse(2, {"brace": 2, "text": 1})}),
    "a repair before any call is nobody's": (
        lambda tally: tally.repaired("think"),
        {"": ToolUse(0, {"think": 1})},
    ),
    "nothing": (lambda _tally: None, {}),
}


@pytest.mark.parametrize(("does", "expected"), CASES.values(), ids=CASES)
def test_by_tool(does: Callable[[Tally], None], expected: dict[str, ToolUse]) -> None:
    tally = Tally()
    does(tally)
    assert tally.of(OFFERED) == expected
    total: dict[str, int] = {}
    for use in expected.values():
        for kind, count in use.repairs.items():
            total[kind] = total.get(kind, 0) + count
    assert tally.repairs == total
