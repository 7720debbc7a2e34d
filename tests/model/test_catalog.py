"""A model in a list."""

from dragoman.model.catalog import ModelEntry


def test_a_window_may_be_unknown() -> None:
    assert ModelEntry("anthropic/q", "q").window is None
