"""Progress is a plain value, comparable and fixed."""

from dataclasses import FrozenInstanceError

import pytest

from dragoman.progress import Progress, silent


def test_progress_is_a_value() -> None:
    step = Progress("download", "a.whl", 1, 2)
    assert step == Progress("download", "a.whl", done=1, total=2)
    with pytest.raises(FrozenInstanceError):
        step.done = 2  # type: ignore[misc]
    silent(step)
