"""A tool's JSON Schema cut down to what grammars of engines understand.

What is left out only ever allows more: lengths, patterns and formats, which grammars refuse or take for
something else; conditions; references out of the schema. What is left keeps its meaning, `required` too.
"""

from typing import Any

DEPTH = 40
TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
DEFINITIONS = ("$defs", "definitions")
ALSO_NAME_PROPERTIES = frozenset(
    {"allOf", "patternProperties", "if", "dependentSchemas", "unevaluatedProperties"}
)
ESCAPED = frozenset("/~%")
"""Characters that are written otherwise in a reference."""

Node = dict[str, Any]
ANY: Node = {}


def plain_schema(schema: Any) -> Node:
    """The schema of a tool's arguments, always that of an object. Never raises: schemas come from clients."""
    if not isinstance(schema, dict) or "properties" not in schema:
        return {"type": "object"}
    known = {
        f"#/{group}/{name}"
        for group in DEFINITIONS
        if isinstance(schema.get(group), dict)
        for name in schema[group]
        if not set(name) & ESCAPED
    }
    plain = Plain(known)
    root = plain.object(schema, 0)
    for group in DEFINITIONS:
        if isinstance(schema.get(group), dict):
            root[group] = {name: plain.node(node, 1) for name, node in schema[group].items()}
    return root


class Plain:
    """`known` are the references that lead somewhere."""

    def __init__(self, known: set[str]) -> None:
        self._known = known

    def node(self, schema: Any, depth: int) -> Node:
        if not isinstance(schema, dict) or depth > DEPTH:
            return ANY
        made = self._kind(schema, depth)
        return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True and made else made

    def _kind(self, schema: Node, depth: int) -> Node:
        """Of keywords that say the same in two ways, one is enough: grammars heed one only."""
        if "$ref" in schema:
            return {"$ref": schema["$ref"]} if schema["$ref"] in self._known else ANY
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(values, list) and values:
            scalars = all(value is None or isinstance(value, str | bool | int | float) for value in values)
            return {"enum": values} if scalars else ANY
        if "properties" in schema:
            return self._or_else(schema, self.object(schema, depth))
        choices = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(choices, list):
            return {"anyOf": [self.node(choice, depth + 1) for choice in choices]}
        return self._typed(schema, depth)

    def _or_else(self, schema: Node, made: Node) -> Node:
        """An object that may also be something else, such as null."""
        named = schema.get("type")
        others = (
            [name for name in named if name != "object" and name in TYPES] if isinstance(named, list) else []
        )
        return {"anyOf": [made, {"type": others}]} if others else made

    def _typed(self, schema: Node, depth: int) -> Node:
        named = schema.get("type")
        names = named if isinstance(named, list) else [named]
        if not names or not all(isinstance(name, str) and name in TYPES for name in names):
            return ANY
        made: Node = {"type": named}
        if "array" in names and isinstance(schema.get("items"), dict) and "prefixItems" not in schema:
            made["items"] = self.node(schema["items"], depth + 1)
        if "object" in names and isinstance(schema.get("additionalProperties"), dict):
            made["additionalProperties"] = self.node(schema["additionalProperties"], depth + 1)
        return made

    def object(self, schema: Node, depth: int) -> Node:
        """Other properties are allowed unless the schema says no: grammars think otherwise."""
        declared = schema["properties"] if isinstance(schema["properties"], dict) else {}
        found = {name: self.node(node, depth + 1) for name, node in declared.items()}
        closed = schema.get("additionalProperties") is False and not ALSO_NAME_PROPERTIES & schema.keys()
        required = schema.get("required")
        listed = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        made: Node = {"type": "object", "properties": found}
        if needed := [name for name in listed if name in found or not closed]:
            made["required"] = needed
        more = schema.get("additionalProperties")
        made["additionalProperties"] = self.node(more, depth + 1) if isinstance(more, dict) else not closed
        return made
