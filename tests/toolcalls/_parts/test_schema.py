"""Schemas as shapes, those from the wild included."""

from typing import Any

import pytest

from dragoman.toolcalls._parts.schema import ANY, Shape, compile_schema

TYPES: dict[str, tuple[Any, set[str] | None]] = {
    "a type": ({"type": "string"}, {"string"}),
    "several types": ({"type": ["string", "null"]}, {"string", "null"}),
    "no type": ({}, None),
    "a type that nobody knows": ({"type": "file"}, None),
    "nullable": ({"type": "string", "nullable": True}, {"string", "null"}),
    "anyOf": ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"string", "null"}),
    "oneOf with something that may be anything": ({"oneOf": [{"type": "string"}, {}]}, None),
    "allOf": ({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}, {"string"}),
    "a reference": ({"$ref": "#/$defs/text"}, {"string"}),
    "a reference to nothing": ({"$ref": "#/$defs/none"}, None),
    "a reference elsewhere": ({"$ref": "https://example.com/x"}, None),
    "an enum": ({"enum": ["a", 1, None]}, {"string", "integer", "null"}),
    "a constant": ({"const": True}, {"boolean"}),
    "properties without a type": ({"properties": {}}, {"object"}),
    "items without a type": ({"items": {}}, {"array"}),
    "no schema at all": (True, None),
}


def shape_of(node: Any) -> Shape:
    schema = {
        "type": "object",
        "properties": {"x": node},
        "$defs": {"text": {"type": "string"}, "loop": {"$ref": "#/$defs/loop"}},
    }
    found = compile_schema(schema).of("x")
    assert found is not None
    return found


@pytest.mark.parametrize("sentence", TYPES)
def test_types(sentence: str) -> None:
    node, expected = TYPES[sentence]
    assert shape_of(node).types == (None if expected is None else frozenset(expected))


def test_a_tree_refers_to_itself() -> None:
    schema = {"type": "object", "properties": {"child": {"$ref": "#"}, "name": {"type": "string"}}}
    child = compile_schema(schema).of("child")
    for _ in range(5):
        assert child is not None
        child = child.of("child")
    assert child is not None
    assert child.allows("object")


def test_a_reference_in_a_circle_allows_everything() -> None:
    assert shape_of({"$ref": "#/$defs/loop"}).types is None


def test_required_is_what_every_alternative_requires() -> None:
    options = [{"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["b"]}]
    assert compile_schema({"anyOf": options}).required == {"b"}


def test_undeclared_properties_have_the_shape_given_for_them() -> None:
    shape = compile_schema({"additionalProperties": {"type": "integer"}})
    assert shape.of("x") is not None
    assert compile_schema({"additionalProperties": False}).of("x") is None


@pytest.mark.parametrize("schema", [b"{", b"[]", b'{"type": 5, "properties": [], "required": "x"}', b"null"])
def test_nonsense_allows_everything(schema: bytes) -> None:
    shape = compile_schema(schema)
    assert shape.types is None
    assert not shape.required
    assert ANY.allows("string")


def test_depth_is_bounded() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(500):
        schema = {"type": "object", "properties": {"x": schema}}
    assert compile_schema(schema).allows("object")
