"""Schemas cut down for grammars: what is left out only ever allows more."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.toolcalls import plain_schema
from tests.streams import JSON_VALUES

TEXT = {"type": "string"}


def wanted(properties: dict[str, Any], closed: bool = False, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more, "additionalProperties": not closed}


def within(node: Any) -> Any:
    """What a property of this schema is cut down to."""
    return plain_schema({"properties": {"p": node}})["properties"]["p"]


PROPERTIES: dict[str, tuple[Any, Any]] = {
    "lengths, patterns and formats go": (
        {"type": "string", "format": "uri", "minLength": 1, "pattern": "^(?!x)", "description": "d"},
        TEXT,
    ),
    "types stay, several too": ({"type": ["string", "null"], "default": None}, {"type": ["string", "null"]}),
    "a type that nobody knows allows all": ({"type": "any"}, {}),
    "values stay without their type": ({"type": "string", "enum": ["a", "b"]}, {"enum": ["a", "b"]}),
    "a constant is a value": ({"const": 3}, {"enum": [3]}),
    "values that are no scalars allow all": ({"enum": [{"a": 1}]}, {}),
    "no values allow what the type does": ({"type": "string", "enum": []}, TEXT),
    "items stay": ({"type": "array", "items": TEXT, "uniqueItems": True}, {"type": "array", "items": TEXT}),
    "places in a list go": ({"type": "array", "prefixItems": [TEXT], "items": False}, {"type": "array"}),
    "one of several is any of them": (
        {"oneOf": [TEXT, {"type": "null"}]},
        {"anyOf": [TEXT, {"type": "null"}]},
    ),
    "nullable allows null": ({"type": "string", "nullable": True}, {"anyOf": [TEXT, {"type": "null"}]}),
    "an object that may be null may be null": (
        {"type": ["object", "null"], "properties": {"a": TEXT}},
        {"anyOf": [wanted({"a": TEXT}), {"type": ["null"]}]},
    ),
    "a map keeps the form of its values": (
        {"type": "object", "additionalProperties": {"type": "string", "format": "x"}},
        {"type": "object", "additionalProperties": TEXT},
    ),
    "references that lead nowhere allow all": ({"$ref": "https://elsewhere/schema"}, {}),
    "conditions go, and allow other properties": (
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False, "allOf": [{"if": True}]},
        wanted({"a": TEXT}),
    ),
    "no schema at all": (True, {}),
    "rubbish": ("rubbish", {}),
}


@pytest.mark.parametrize(("schema", "expected"), PROPERTIES.values(), ids=PROPERTIES)
def test_properties_are_cut_down(schema: Any, expected: Any) -> None:
    assert within(schema) == expected


ROOTS: dict[str, tuple[Any, Any]] = {
    "required properties stay": (
        {"properties": {"a": TEXT}, "required": ["a"], "additionalProperties": False},
        wanted({"a": TEXT}, closed=True, required=["a"]),
    ),
    "what could never be given is not required": (
        {"properties": {"a": TEXT}, "required": ["a", "b"], "additionalProperties": False},
        wanted({"a": TEXT}, closed=True, required=["a"]),
    ),
    "definitions stay": (
        {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string", "format": "x"}}},
        wanted({"a": {"$ref": "#/$defs/A"}}) | {"$defs": {"A": TEXT}},
    ),
    "names that a reference would escape are not referred to": (
        {"properties": {"a": {"$ref": "#/$defs/A/B"}}, "$defs": {"A/B": TEXT}},
        wanted({"a": {}}) | {"$defs": {"A/B": TEXT}},
    ),
    "a choice of objects is any object": ({"anyOf": [{"properties": {}}]}, {"type": "object"}),
    "nothing": (None, {"type": "object"}),
}


@pytest.mark.parametrize(("schema", "expected"), ROOTS.values(), ids=ROOTS)
def test_a_tools_schema_is_always_that_of_an_object(schema: Any, expected: Any) -> None:
    assert plain_schema(schema) == expected


def test_a_schema_without_end_ends() -> None:
    node: dict[str, Any] = {"type": "string"}
    for _level in range(500):
        node = {"type": "array", "items": node}
    assert json.dumps(within(node)).count("items") < 50


KEYWORDS = ["type", "properties", "items", "anyOf", "oneOf", "enum", "const", "$ref", "required", "nullable"]
MORE = ["additionalProperties", "$defs", "definitions", "allOf", "object", "array", "#/$defs/a"]
WORDS = st.sampled_from([*KEYWORDS, *MORE])


@given(
    st.recursive(
        JSON_VALUES | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_json_comes_to_a_schema(schema: Any) -> None:
    made = plain_schema(schema)
    assert made["type"] == "object"
    assert plain_schema(json.loads(json.dumps(schema))) == made
