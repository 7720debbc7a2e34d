"""JSON text read and written exactly, and numbers that JSON would not take."""

from typing import Any

import pytest

from dragoman.toolcalls._parts.json_text import loose_number, render, strict, unescaped


@pytest.mark.parametrize(
    "text", ['{"a": 1.10}', "[1e400, 99999999999999999999]", '"é\\n"', "null", '{"a": {"b": [true, "x"]}}']
)
def test_what_is_read_is_written_again(text: str) -> None:
    assert render(strict(text)) == text


def test_of_duplicate_keys_the_first_wins() -> None:
    assert strict('{"a": 1, "a": 2}') == {"a": "1"}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "{'a': 1}", "[1,]", ""])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict(text)


@pytest.mark.parametrize("word", ["", ".", "-", "e5", "0x1F", "1.2.3", "--1", "1e", "_1"])
def test_what_is_no_number(word: str) -> None:
    assert loose_number(word) is None


@pytest.mark.parametrize(("key", "meant"), [("a", "a"), ("\\u0061\\n", "a\n"), ("\\x", "\\x")])
def test_unescaped(key: str, meant: Any) -> None:
    assert unescaped(key) == meant
