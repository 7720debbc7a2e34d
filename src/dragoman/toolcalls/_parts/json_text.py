"""Values as JSON text, read and written exactly: numbers keep their digits, the first of equal keys wins."""

import json
import re
from typing import Any

from dragoman.toolcalls._parts.strings import escaped

JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
LOOSE_NUMBER = re.compile(r"([+-]?)([0-9][0-9_]*)?(\.[0-9_]*)?([eE][+-]?[0-9]+)?\Z")


class Number(str):
    """A number in its own digits, which a float might not keep."""

    __slots__ = ()


def loose_number(word: str) -> Number | None:
    """A number that JSON would not take: `+5`, `.5`, `007`, `1_000`, `5.`."""
    match = LOOSE_NUMBER.match(word)
    if match is None or not (match[2] or (match[3] or "")[1:]):
        return None
    sign, part, power = ("-" if match[1] == "-" else ""), match[3] or "", match[4] or ""
    whole = (match[2] or "").lstrip("0_") or "0"
    digits = (whole + (part if len(part) > 1 else "")).replace("_", "")
    return Number(sign + digits + power) if JSON_NUMBER.match(sign + digits + power) else None


def strict(text: str) -> Any:
    """JSON as it should be. Raises ValueError or RecursionError."""
    return json.loads(
        text, parse_int=Number, parse_float=Number, parse_constant=_no_constant, object_pairs_hook=_first_wins
    )


def render(value: Any) -> str:
    """A value as JSON text."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return f'"{escaped(value)}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{escaped(key)}": {render(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(render, value)) + "]"
    return json.dumps(value)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def unescaped(key: str) -> str:
    if "\\" not in key:
        return key
    try:
        return str(json.loads(f'"{key}"'))
    except ValueError:
        return key
