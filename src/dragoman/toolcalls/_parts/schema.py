"""A tool's JSON Schema as shapes: what a reader needs to know of a value before and after it came.

Schemas come from clients and are not trusted: what is not understood allows everything, loops of
`$ref` end where they began, and depth is bounded.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

DEPTH = 40

TEXT = frozenset({"string"})
NULL = frozenset({"null"})
ONLY_REFERS = frozenset({"$ref", "title", "description", "default", "examples"})

NAMES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


class Shape:
    """`types` None: any. `additional` is the shape of properties that are not declared, if one is given;
    `closed`: there are no others."""

    __slots__ = ("additional", "closed", "enum", "items", "properties", "required", "types")

    def __init__(self) -> None:
        self.types: frozenset[str] | None = None
        self.properties: dict[str, Shape] = {}
        self.required: frozenset[str] = frozenset()
        self.additional: Shape | None = None
        self.closed = False
        self.items: Shape | None = None
        self.enum: tuple[Any, ...] | None = None

    def allows(self, kind: str) -> bool:
        return self.types is None or kind in self.types or (kind == "integer" and "number" in self.types)

    def knows(self, key: str) -> bool:
        """Whether a property of this name may stand here at all."""
        return not self.closed or key in self.properties

    def of(self, key: str) -> "Shape | None":
        return self.properties.get(key) or self.additional

    @property
    def is_text(self) -> bool:
        """Nothing but a string can stand here, and any string."""
        return self.enum is None and self.types is not None and self.types == TEXT


ANY = Shape()


def compile_schema(schema: bytes | Mapping[str, Any]) -> Shape:
    """The shape of a tool's arguments. What cannot be read allows everything."""
    if isinstance(schema, bytes):
        try:
            schema = msgspec.json.decode(schema)
        except (ValueError, RecursionError):
            return ANY
    return Compiler(schema).shape(schema) if isinstance(schema, Mapping) else ANY


class Compiler:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._seen: dict[str, Shape] = {}
        self._depth = 0

    def shape(self, node: Any) -> Shape:
        if isinstance(node, Mapping) and node.keys() <= ONLY_REFERS and isinstance(node.get("$ref"), str):
            # The very shape, which may not be complete yet: a tree refers to itself.
            return self._referred(node["$ref"])
        shape = Shape()
        self._fill(shape, node)
        return shape

    def _fill(self, shape: Shape, node: Any) -> None:
        if not isinstance(node, Mapping) or self._depth > DEPTH:
            return
        self._depth += 1
        self._own(shape, node)
        for part in _listed(node.get("allOf")):
            _narrow(shape, self.shape(part))
        if isinstance(reference := node.get("$ref"), str):
            _narrow(shape, self._referred(reference))
        for word in ("anyOf", "oneOf"):
            if options := [self.shape(option) for option in _listed(node.get(word))]:
                _narrow(shape, _any_of(options))
        if node.get("nullable") is True and shape.types is not None:
            shape.types |= {"null"}
        self._depth -= 1

    def _own(self, shape: Shape, node: Mapping[str, Any]) -> None:
        shape.types = _types(node)
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            shape.properties = {str(key): self.shape(value) for key, value in properties.items()}
        shape.required = frozenset(key for key in _listed(node.get("required")) if isinstance(key, str))
        additional = node.get("additionalProperties")
        shape.closed = additional is False and not node.get("patternProperties")
        if isinstance(additional, Mapping):
            shape.additional = self.shape(additional)
        if isinstance(items := node.get("items"), Mapping):
            shape.items = self.shape(items)
        if "const" in node:
            shape.enum = (node["const"],)
        elif isinstance(enum := node.get("enum"), list) and enum:
            shape.enum = tuple(enum)
        if shape.enum is not None and shape.types is None:
            shape.types = frozenset(_name(value) for value in shape.enum)

    def _referred(self, reference: str) -> Shape:
        if reference not in self._seen:
            self._seen[reference] = shape = Shape()
            self._fill(shape, _resolve(self._root, reference))
        return self._seen[reference]


def _types(node: Mapping[str, Any]) -> frozenset[str] | None:
    given = node.get("type")
    names = frozenset(
        name for name in ([given] if isinstance(given, str) else _listed(given)) if name in NAMES
    )
    if names:
        return names
    if isinstance(node.get("properties"), Mapping):
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in node else None


def _name(value: Any) -> str:
    if value is None:
        return "null"
    for kind, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
    ):
        if isinstance(value, kind):
            return name
    return "object"


def _resolve(root: Mapping[str, Any], reference: str) -> Any:
    """What a pointer within the schema points at; None for any other."""
    if not reference.startswith("#"):
        return None
    node: Any = root
    for step in filter(None, reference[1:].split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _narrow(shape: Shape, other: Shape) -> None:
    """Make `shape` what both allow."""
    if other.types is not None:
        both = other.types if shape.types is None else shape.types & other.types
        shape.types = both or shape.types
    shape.properties = {**other.properties, **shape.properties}
    shape.required |= other.required
    shape.closed |= other.closed
    shape.additional = shape.additional or other.additional
    shape.items = shape.items or other.items
    shape.enum = shape.enum or other.enum


def _any_of(options: Iterable[Shape]) -> Shape:
    """What any of these allows."""
    union, options = Shape(), list(options)
    types: set[str] = set()
    for option in options:
        types |= option.types or NAMES
        union.properties = {**option.properties, **union.properties}
        union.additional = union.additional or option.additional
        union.items = union.items or option.items
    union.types = None if types >= NAMES else frozenset(types)
    objects = [option for option in options if option.types is None or "object" in option.types]
    if objects:
        union.required = frozenset.intersection(*[option.required for option in objects])
        union.closed = all(option.closed for option in objects)
    if all(option.enum is not None or option.types == NULL for option in options):
        union.enum = tuple(value for option in options for value in option.enum or (None,))
    return union
