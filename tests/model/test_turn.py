"""The neutral values cannot be changed, and begin as the most ordinary request."""

import pytest

from dragoman.model import turn
from dragoman.model.turn import EMPTY, Request, Text, Tool, ToolChoice, Turn

KINDS = [
    turn.Text("a"),
    turn.Image(url="u"),
    turn.Document("t"),
    turn.Thinking("a"),
    turn.ToolCall("1", "f", "{}"),
    turn.ToolResult("1"),
    Turn("user", ()),
    Tool("f"),
    ToolChoice(),
]


@pytest.mark.parametrize("value", KINDS, ids=lambda value: type(value).__name__)
def test_values_are_frozen(value: object) -> None:
    with pytest.raises(AttributeError):
        setattr(value, value.__struct_fields__[0], "other")  # type: ignore[attr-defined]


def test_a_request_asks_for_nothing_that_it_was_not_told() -> None:
    request = Request("m", (Turn("user", (Text("Hi"),)),))
    assert request.tool_choice == ToolChoice("auto", parallel=True)
    assert request.reasoning.enabled is None
    assert request.output is None
    assert not (request.stream or request.tools or request.sampling or request.stop or request.extra)


def test_equal_content_is_equal() -> None:
    assert Text("a") == Text("a", EMPTY) != Text("b")
