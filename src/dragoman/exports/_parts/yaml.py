"""Values as YAML that every reader of 1.1 and 1.2 takes for the same values. It only writes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_PLAIN = re.compile(r"-{0,2}[A-Za-z/][\w./-]*(:[\w./-]+)*", re.ASCII)
# What some reader takes for a truth value or for nothing.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a comment of one or more lines above it."""

    note: str
    value: object


@dataclass(frozen=True, slots=True)
class Block:
    """Text of several lines that is written as such; its lines are printable, none begins with a space."""

    text: str


def dump(value: object, note: str = "") -> str:
    """One document, comments first."""
    return "".join(f"{line}\n" for line in [*_comment(note, ""), *_lines(value, "")])


def documents(parts: Sequence[object], note: str = "") -> str:
    """Several documents."""
    head = "".join(f"{line}\n" for line in _comment(note, ""))
    return head + "---\n".join(dump(part) for part in parts)


def scalar(value: object) -> str:
    """A scalar on one line."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else quoted(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """In double quotes."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _comment(note: str, indent: str) -> Iterator[str]:
    for line in note.splitlines():
        yield f"{indent}# {line}".rstrip()


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _entry(f"{scalar(key)}:", below, indent)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for below in value:
            yield from _item(below, indent)
    else:
        yield f"{indent}{scalar(value)}"


def _entry(start: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Noted):
        yield from _comment(value.note, indent)
        value = value.value
    if isinstance(value, Block):
        yield f"{indent}{start} |"
        yield from (f"{indent}  {line}".rstrip() for line in value.text.splitlines())
    elif _nested(value):
        yield f"{indent}{start}"
        yield from _lines(value, f"{indent}  ")
    else:
        yield f"{indent}{start} {_flat(value)}"


def _item(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Noted):
        yield from _comment(value.note, indent)
        value = value.value
    if _nested(value):
        # The first line stands beside the hyphen, unless a comment comes before it.
        below = list(_lines(value, f"{indent}  "))
        if below[0].lstrip().startswith("#"):
            yield f"{indent}-"
            yield from below
        else:
            yield f"{indent}- {below[0].lstrip()}"
            yield from below[1:]
    else:
        yield f"{indent}- {_flat(value)}"


def _nested(value: object) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _flat(value: object) -> str:
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return "{}" if isinstance(value, Mapping) else "[]"
    return scalar(value)
