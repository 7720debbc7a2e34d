"""Values made to fit a schema, and those that are left as they are."""

from typing import Any

import pytest

from dragoman.toolcalls._parts.coercion import NOTHING, coerce, from_text, member
from dragoman.toolcalls._parts.json_text import strict
from dragoman.toolcalls._parts.schema import Shape, compile_schema

JSON: dict[str, tuple[Any, str, str]] = {
    "a string that is one": ({"type": "string"}, '"5"', '"5"'),
    "a number in quotes": ({"type": "integer"}, '"5"', "5"),
    "a whole number with a part": ({"type": "integer"}, "3.0", "3"),
    "a number with a part where none may be": ({"type": "integer"}, "3.5", "3.5"),
    "words for a number": ({"type": "number"}, '"many"', '"many"'),
    "a boolean in quotes": ({"type": "boolean"}, '"False"', "false"),
    "yes is no boolean": ({"type": "boolean"}, '"yes"', '"yes"'),
    "an array as JSON": ({"type": "array"}, '"[1]"', "[1]"),
    "an object as Python": ({"type": "object"}, "\"{'a': None}\"", '{"a": null}'),
    "a scalar for an array": ({"type": "array", "items": {"type": "string"}}, "5", '["5"]'),
    "a scalar for an array of what it is not": (
        {"type": "array", "items": {"type": "integer"}},
        '"x"',
        '"x"',
    ),
    "an array that was cut": ({"type": "array"}, '"[1, 2"', '"[1, 2"'),
    "an object for a string": ({"type": "string"}, '{"a": 1}', '"{\\"a\\": 1}"'),
    "a number for a string": ({"type": "string"}, "1.10", '"1.10"'),
    "a string or a number, in quotes": ({"type": ["string", "number"]}, '"5"', '"5"'),
    "inside an object": (
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
        '{"a": "1", "b": null}',
        '{"a": 1}',
    ),
    "inside a list": ({"type": "array", "items": {"type": "boolean"}}, '["true", false]', "[true, false]"),
    "an enum in another case": ({"enum": ["Low", "High"]}, '" high "', '"High"'),
    "an enum that has no such word": ({"enum": ["Low", "High"]}, '"mid"', '"mid"'),
    "an enum where the case does not tell": ({"enum": ["a", "A", "b"]}, '"a"', '"a"'),
}


def shape_of(node: Any) -> Shape:
    found = compile_schema({"properties": {"x": node}}).of("x")
    assert found is not None
    return found


@pytest.mark.parametrize("sentence", JSON)
def test_coerce(sentence: str) -> None:
    node, given, expected = JSON[sentence]
    assert coerce(strict(given), shape_of(node), []) == strict(expected)


def test_a_value_that_fits_is_no_repair() -> None:
    notes: list[str] = []
    coerce(strict('{"a": [1, "x"]}'), shape_of({"type": "object"}), notes)
    assert notes == []


def test_null_is_left_out_only_where_it_may_be() -> None:
    text, either = shape_of({"type": "string"}), shape_of({"type": ["string", "null"]})
    assert member(None, text, False, []) is NOTHING
    assert member(None, text, True, []) is None
    assert member(None, either, False, []) is None


TEXT: dict[str, tuple[Any, str, str]] = {
    "a string": ({"type": "string"}, "null", '"null"'),
    "a number": ({"type": "number"}, " 1.5 ", "1.5"),
    "a boolean": ({"type": "boolean"}, "TRUE", "true"),
    "a number or a string, number": ({"type": ["string", "number"]}, "42.5", "42.5"),
    "a number or a string, string": ({"type": ["string", "number"]}, "hello", '"hello"'),
    "an array": ({"type": "array"}, "[1, 'a']", '[1, "a"]'),
    "an array or a string, no array": ({"type": ["array", "string"]}, "[oops", '"[oops"'),
    "null": ({"type": ["integer", "null"]}, "null", "null"),
    "anything": ({}, '{"a": 1}', '{"a": 1}'),
    "anything, words": ({}, "words", '"words"'),
    "an enum": ({"enum": ["a", "b"]}, "B", '"b"'),
    "an enum in quotes": ({"type": "string", "enum": ["a", "b"]}, '"a"', '"a"'),
    "a number in quotes": ({"type": "integer"}, '"5"', "5"),
    "an object for an array": ({"type": "array", "items": {"type": "object"}}, '{"a": 1}', '[{"a": 1}]'),
    "an object for an array of what it is not": (
        {"type": "array", "items": {"type": "integer"}},
        '{"a": 1}',
        '{"a": 1}',
    ),
    "one as a boolean": ({"type": "boolean"}, "1", "true"),
    "one as a boolean or a string": ({"type": ["boolean", "string"]}, "1", '"1"'),
}


@pytest.mark.parametrize("sentence", TEXT)
def test_from_text(sentence: str) -> None:
    node, given, expected = TEXT[sentence]
    assert from_text(given, shape_of(node), []) == strict(expected)


def test_what_nobody_declared_is_a_string() -> None:
    assert from_text("5", None, []) == "5"
