"""Each call has one result, in the order of the calls, whatever the client sent."""

import pytest

from dragoman.model.turn import Block, Text, ToolCall, ToolResult, Turn
from dragoman.turns.results import MISSING, answer_calls

CALLS = Turn("assistant", (ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}")))
ONE, TWO = ToolResult("1", (Text("one"),)), ToolResult("2", (Text("two"),))

CASES: dict[str, tuple[tuple[Block, ...], tuple[Block, ...], list[str]]] = {
    "in order": ((ONE, TWO), (ONE, TWO), []),
    "in the order of completion": ((TWO, ONE), (ONE, TWO), []),
    "text stays behind them": ((TWO, Text("a"), ONE, Text("b")), (ONE, TWO, Text("a"), Text("b")), []),
    "one is missing": (
        (TWO,),
        (ToolResult("1", (MISSING,), is_error=True), TWO),
        ["result_filled"],
    ),
    "of two of one call the first is kept": (
        (ONE, ToolResult("1", (Text("again"),)), TWO),
        (ONE, TWO),
        ["duplicate_result"],
    ),
    "an orphan becomes text": (
        (ONE, TWO, ToolResult("9", (Text("lost"),))),
        (ONE, TWO, Text("[result of an unknown tool call '9']"), Text("lost")),
        ["orphan_result"],
    ),
    "no result at all": (
        (Text("a"),),
        (
            ToolResult("1", (MISSING,), is_error=True),
            ToolResult("2", (MISSING,), is_error=True),
            Text("a"),
        ),
        ["result_filled"],
    ),
}


@pytest.mark.requirement("CC-20")
@pytest.mark.parametrize(("sent", "placed", "said"), CASES.values(), ids=CASES)
def test_results(sent: tuple[Block, ...], placed: tuple[Block, ...], said: list[str]) -> None:
    notes: list[str] = []
    assert answer_calls([CALLS, Turn("user", sent)], notes) == [CALLS, Turn("user", placed)]
    assert notes == said
    assert answer_calls([CALLS, Turn("user", placed)], []) == [CALLS, Turn("user", placed)]


def test_calls_at_the_very_end_are_answered_too() -> None:
    filled = Turn("user", tuple(ToolResult(id, (MISSING,), is_error=True) for id in "12"))
    assert answer_calls([CALLS], []) == [CALLS, filled]
    assert answer_calls([CALLS, Turn("assistant", (Text("a"),))], []) == [
        CALLS,
        filled,
        Turn("assistant", (Text("a"),)),
    ]


def test_results_before_any_call_are_text() -> None:
    notes: list[str] = []
    (turn,) = answer_calls([Turn("user", (ONE,))], notes)
    assert turn.blocks == (Text("[result of an unknown tool call '1']"), Text("one"))
    assert notes == ["orphan_result"]


def test_results_belong_to_the_calls_before_them_only() -> None:
    again = Turn("assistant", (ToolCall("3", "f", "{}"),))
    turns = answer_calls([CALLS, Turn("user", (ONE, TWO)), again, Turn("user", (ONE,))], [])
    assert turns[3].blocks == (
        ToolResult("3", (MISSING,), is_error=True),
        Text("[result of an unknown tool call '1']"),
        Text("one"),
    )
