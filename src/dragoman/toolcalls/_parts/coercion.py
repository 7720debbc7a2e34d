"""Values made to fit the schema: the bounded list of what models get wrong about types.

A value that cannot be made to fit stays what it is, so that the client tells the model; nothing
is guessed.
"""

from typing import Any

from dragoman.toolcalls._parts.json_text import Number, loose_number, render, strict
from dragoman.toolcalls._parts.schema import Shape
from dragoman.toolcalls._parts.source import NotACall
from dragoman.toolcalls._parts.values import decode

NOTHING = object()
"""In place of a value: leave the property out."""

ORDER = ("null", "integer", "number", "boolean", "object", "array")


BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def kind_of(value: Any) -> str:
    if isinstance(value, Number):
        return "number" if set(value) & set(".eE") else "integer"
    kinds = ((bool, "boolean"), (str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def coerce(value: Any, shape: Shape, notes: list[str]) -> Any:
    """`value` as the schema wants it, with a note of each change."""
    if not shape.allows(kind_of(value)):
        found = _convert(value, shape)
        if found is not NOTHING:
            notes.append("type")
            value = found
    if isinstance(value, dict):
        return coerce_object(value, shape, notes)
    if isinstance(value, list) and shape.items is not None:
        return [coerce(item, shape.items, notes) for item in value]
    return _from_enum(value, shape, notes)


def coerce_object(value: dict[str, Any], shape: Shape, notes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        if not shape.knows(key):
            notes.append("unknown")
            continue
        own = shape.of(key)
        made = item if own is None else member(item, own, key in shape.required, notes)
        if made is not NOTHING:
            found[key] = made
    return found


def member(value: Any, shape: Shape, required: bool, notes: list[str]) -> Any:
    """A property's value; NOTHING for a null where the property is optional and cannot be null."""
    if value is None and not required and not shape.allows("null"):
        notes.append("null")
        return NOTHING
    return coerce(value, shape, notes)


def from_text(text: str, shape: Shape | None, notes: list[str]) -> Any:
    """What a text without types, as XML parameters are, comes to. Undeclared means string."""
    if shape is None:
        return text
    if shape.types is None:
        try:
            return strict(text)
        except (ValueError, RecursionError):
            return text
    kinds = [kind for kind in ORDER if shape.allows(kind)]
    if "string" not in shape.types and "null" not in kinds and _read(text, "null", False) is None:
        return None
    for kind in kinds:
        found = _read(text, kind, "string" in shape.types)
        if found is not NOTHING:
            return coerce(found, shape, notes)
    if "array" in kinds and "object" not in kinds and "string" not in shape.types:
        found = _read(text, "object", False)
        if found is not NOTHING:
            return coerce(found, shape, notes)
    if "string" not in shape.types or shape.enum is not None:
        text = _unquoted(text, shape)
    return coerce(text, shape, notes)


def _unquoted(text: str, shape: Shape) -> str:
    """The string that a text in quotes is, where no string or only some are allowed; else the text."""
    if text.lstrip()[:1] != '"' or (shape.enum is not None and text in shape.enum):
        return text
    try:
        found = strict(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, str) and not isinstance(found, Number) else text


def _convert(value: Any, shape: Shape) -> Any:
    """A value of a kind that the schema does not allow, as one that it does; NOTHING where there is none."""
    if isinstance(value, str) and not isinstance(value, Number):
        for kind in ORDER:
            if shape.allows(kind):
                found = _read(value, kind, False)
                if found is not NOTHING:
                    return found
    if shape.allows("integer") and kind_of(value) == "number":
        return _whole(value)
    if shape.allows("string") and not isinstance(value, str | None):
        return render(value)
    if shape.allows("string") and isinstance(value, Number):
        return str(value)
    if shape.allows("array") and not isinstance(value, list) and value is not None:
        wrapped = value if shape.items is None else coerce(value, shape.items, [])
        fits = shape.items is None or shape.items.allows(kind_of(wrapped))
        looks_cut = isinstance(value, str) and value.lstrip()[:1] in ("[", "{")
        return [wrapped] if fits and not looks_cut else NOTHING
    return NOTHING


def _whole(number: str) -> Any:
    """`3.0` as `3`; a number with a part stays what it is."""
    whole, _, part = number.partition(".")
    return Number(whole) if part and not part.strip("0") else NOTHING


def _read(text: str, kind: str, or_string: bool) -> Any:
    """A text as a value of this kind; NOTHING where it is none. `or_string`: the text itself may stand."""
    word = text.strip()
    match kind:
        case "null":
            words = ("null",) if or_string else ("null", "none")
            return None if word.lower() in words else NOTHING
        case "boolean":
            return BOOLEANS.get(word.lower(), NOTHING) if len(word) > 1 or not or_string else NOTHING
        case "integer" | "number":
            number = loose_number(word)
            if number is not None and kind == "integer" and kind_of(number) == "number":
                return _whole(number)
            return NOTHING if number is None else number
    if word[:1] not in ("{" if kind == "object" else "[("):
        return NOTHING
    try:
        found = strict(word) if or_string else decode(word)
    except (NotACall, ValueError, RecursionError):
        return NOTHING
    return found if kind_of(found) == kind else NOTHING


def _from_enum(value: Any, shape: Shape, notes: list[str]) -> Any:
    """The one allowed value that this one means, but for its case and the space around it."""
    if shape.enum is None or not isinstance(value, str) or isinstance(value, Number):
        return value
    if value in shape.enum:
        return value
    word = value.strip().casefold()
    meant = [option for option in shape.enum if isinstance(option, str) and option.casefold() == word]
    if len(meant) == 1:
        notes.append("type")
        return meant[0]
    return value
