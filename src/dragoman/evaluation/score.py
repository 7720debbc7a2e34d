"""What an answer is worth: whether its calls are valid by their tools' schemas, and those expected."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dragoman.evaluation.cases import Case, Expected
from dragoman.toolcalls import Shape, compile_schema

DEPTH = 40


class Verdict(Struct, frozen=True):
    """Of one answer: how many `calls` came and how many of them are `valid`, and whether all is as expected.

    `refused` holds the engine's words where no answer came.
    """

    calls: int = 0
    valid: int = 0
    exact: bool = False
    refused: str = ""


def judge(case: Case, calls: Sequence[tuple[str, str]]) -> Verdict:
    """The verdict on the calls of an answer, each a name and the JSON text of its arguments."""
    tools = {tool["function"]["name"]: tool["function"] for tool in case.tools}
    read = [(name, arguments(text)) for name, text in calls]
    valid = [
        given is not None
        and name in tools
        and fits(given, compile_schema(tools[name].get("parameters") or {}))
        for name, given in read
    ]
    return Verdict(len(calls), sum(valid), all(valid) and matches(read, case.expected))


def arguments(text: str) -> dict[str, Any] | None:
    """The arguments of a call; None where they are no JSON object."""
    try:
        value = msgspec.json.decode(text or "{}")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def matches(calls: Sequence[tuple[str, dict[str, Any] | None]], expected: Sequence[Expected]) -> bool:
    """Whether these are the calls expected, in any order."""
    left = list(expected)
    for name, given in calls:
        found = next((one for one in left if given is not None and is_call(name, given, one)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def is_call(name: str, given: Mapping[str, Any], expected: Expected) -> bool:
    if name != expected.name or not given.keys() <= expected.allowed.keys():
        return False
    return all(
        any(same(given[key], value) for value in values) if key in given else key in expected.optional
        for key, values in expected.allowed.items()
    )


def same(given: Any, wanted: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are one number, true is none."""
    if isinstance(given, bool) or isinstance(wanted, bool):
        return given is wanted
    if isinstance(given, int | float) and isinstance(wanted, int | float):
        return math.isclose(given, wanted)
    if isinstance(given, list) and isinstance(wanted, list):
        return len(given) == len(wanted) and all(map(same, given, wanted))
    if isinstance(given, dict) and isinstance(wanted, dict):
        return given.keys() == wanted.keys() and all(same(given[key], wanted[key]) for key in given)
    return bool(given == wanted)


def kind_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def fits(value: Any, shape: Shape, depth: int = 0) -> bool:
    """Whether a value is what its schema allows; of schemas, what `toolcalls` understands of them counts."""
    if depth > DEPTH:
        return True
    if not shape.allows(kind_of(value)) or (shape.enum is not None and value not in shape.enum):
        return False
    if isinstance(value, list):
        items = shape.items
        return items is None or all(fits(item, items, depth + 1) for item in value)
    if not isinstance(value, dict):
        return True
    return shape.required <= value.keys() and all(
        shape.knows(key) and ((inner := shape.of(key)) is None or fits(part, inner, depth + 1))
        for key, part in value.items()
    )
