"""Events are values: equal by content, without a place to hide an index or a frame."""

from typing import get_args

from dragoman.model.errors import BadAnswer
from dragoman.model.events import Event, Failed, TextDelta, ThinkingDelta, Usage, Used


def test_events_are_equal_by_kind_and_content() -> None:
    assert TextDelta("a") == TextDelta("a")
    assert TextDelta("a") != TextDelta("b")
    said: list[object] = [TextDelta("a"), ThinkingDelta("a")]
    assert said[0] != said[1]
    assert Failed(BadAnswer("x")) == Failed(BadAnswer("x")) != Failed(BadAnswer("y"))
    assert Used(Usage(1, 2, 3)) == Used(Usage(input=1, output=2, cached=3))


def test_no_event_knows_of_frames() -> None:
    names = {name for kind in get_args(Event) for name in kind.__struct_fields__}
    assert "text" in names
    assert not names & {"index", "type", "delta", "choices", "content_block", "finish_reason"}
