"""Fields of a config are read strictly."""

import pytest

from dragoman.planning.fields import UnknownConfig, number, optional


def test_the_first_name_that_is_there_counts() -> None:
    assert number({"b": 2, "c": 3}, "a", "b", "c") == 2
    assert optional({"a": None, "b": 2}, "a", "b") == 2
    assert optional({}, "a") == 0


def test_nothing_is_guessed() -> None:
    with pytest.raises(UnknownConfig, match="lacks a"):
        number({}, "a", "b")


@pytest.mark.parametrize("value", ["12", 1.5, True, -1, [1]])
def test_what_is_no_size_is_said(value: object) -> None:
    with pytest.raises(UnknownConfig, match="where a number is expected"):
        optional({"a": value}, "a")
