"""JSON values as models write them, read whole: single quotes, Python's literals, missing brackets.

A value is None, a bool, a `Number` (its digits as they came), a string, a list or a dict. Of
duplicate keys the first wins.
"""

import json
import re
from typing import Any

from dragoman.toolcalls._parts.schema import ANY, Shape
from dragoman.toolcalls._parts.source import NotACall, Reading, Source, finish
from dragoman.toolcalls._parts.strings import KEY, Place, escaped, read_raw, read_string

DEPTH = 100
LONGEST = 4096

WORD = re.compile(r"[^\s,}\]):;\"'{\[(<=]+")
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
LOOSE_NUMBER = re.compile(r"([+-]?)([0-9][0-9_]*)?(\.[0-9_]*)?([eE][+-]?[0-9]+)?\Z")
SCALAR = re.compile(
    r"[ \t\r\n]*(?:(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(true|false|null))[ \t\r\n]*(?:,|(?=\]))"
    r'|[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*(?:,[ \t\r\n]*(?=")|(?=\]))'
)
LITERALS = {"true": True, "false": False, "null": None}
PYTHONIC = {"True": True, "False": False, "None": None, "NaN": None, "undefined": None, "nil": None}
QUOTES = ('"""', "'''", '"', "'")


class Unfinished(NotACall):
    """The text ends inside a value."""


class Number(str):
    """A number in its own digits, which a float might not keep."""

    __slots__ = ()


class Dialect:
    """How values are written: `raw_quote` is the family's own delimiter of strings, if it has one."""

    def __init__(self, raw_quote: str = "", closers: tuple[str, ...] = ()) -> None:
        self.raw_quote, self.closers = raw_quote, closers
        self.quotes = (raw_quote, *QUOTES) if raw_quote else QUOTES

    def opening(self, source: Source) -> Reading[str]:
        """The quote that stands here, not taken; empty where none does."""
        char = source.text[source.pos]
        if char not in "\"'" and not (self.raw_quote and char == self.raw_quote[0]):
            return ""
        found = yield from source.starts(self.quotes)
        if len(found) == 3 and found in QUOTES:
            return found
        return found if found == self.raw_quote else found[:1]

    def string(self, source: Source, quote: str, place: Place, notes: list[str]) -> Reading[str]:
        """The string that opens here. Raises Unfinished where the text ends first."""
        pieces: list[str] = []
        source.pos += len(quote)
        if quote == self.raw_quote:
            ended = yield from read_raw(source, quote, pieces.append)
        else:
            if quote != '"':
                notes.append("quote")
            ended = yield from read_string(source, quote, place, pieces.append, notes)
        if not ended:
            raise Unfinished
        text: str = json.loads('"' + "".join(pieces) + '"')
        return text

    def key(self, source: Source, notes: list[str]) -> Reading[str]:
        """A key, quoted or bare; its colon is not taken."""
        quote = yield from self.opening(source)
        if quote:
            source.pos += len(quote)
            # Not behind a backslash, unless that is escaped itself.
            end = yield from source.take_until(re.compile(rf"(?<!\\)(?:\\\\)*{re.escape(quote)}"))
            if end is None:
                raise Unfinished
            key = source.text[source.pos : end.end() - len(quote)]
            source.pos = end.end()
            if quote == "'":
                notes.append("quote")
            return _unescaped(key)
        end = yield from source.take_until(re.compile(r"[^\w$.-]"))
        if end is None:
            raise Unfinished
        found = KEY.fullmatch(source.text, source.pos, end.start())
        if found is None:
            raise NotACall
        source.pos = end.start()
        if not self.raw_quote:
            notes.append("quote")
        return found[0]

    def value(
        self, source: Source, place: Place, shape: Shape, notes: list[str], depth: int = 0
    ) -> Reading[Any]:
        char = yield from source.peek()
        if depth > DEPTH:
            raise NotACall
        if not char:
            raise Unfinished
        if char == "{":
            return (yield from self.object(source, shape, notes, depth))
        if char in "[(":
            return (yield from self.array(source, shape, notes, depth))
        quote = yield from self.opening(source)
        if quote:
            return (yield from self.string(source, quote, place, notes))
        return (yield from self.word(source, shape, notes))

    def object(self, source: Source, shape: Shape, notes: list[str], depth: int) -> Reading[dict[str, Any]]:
        source.pos += 1
        found: dict[str, Any] = {}
        place = Place("member", shape.properties, self.closers)
        while True:
            char = yield from source.peek()
            if char == ",":
                source.pos += 1
                char = yield from source.peek()
            if char == "}":
                source.pos += 1
                return found
            if char == "]" or (found and (yield from self.closed(source))):
                notes.append("brace")
                return found
            if not char:
                raise Unfinished
            key = yield from self.key(source, notes)
            if (yield from source.peek()) not in (":", "="):
                raise NotACall if source.pos < len(source.text) else Unfinished
            source.pos += 1
            value = yield from self.value(source, place, shape.of(key) or ANY, notes, depth + 1)
            found.setdefault(key, value)

    def array(self, source: Source, shape: Shape, notes: list[str], depth: int) -> Reading[list[Any]]:
        source.pos += 1
        found: list[Any] = []
        place = Place("item", (), self.closers)
        items = shape.items or ANY
        while True:
            while scalar := SCALAR.match(source.text, source.pos):
                found.append(_scalar(scalar))
                source.pos = scalar.end()
            char = yield from source.peek()
            if char == ",":
                source.pos += 1
                char = yield from source.peek()
            if char and char in "])":
                source.pos += 1
                return found
            if char == "}" or (yield from self.closed(source)):
                notes.append("brace")
                return found
            if not char:
                raise Unfinished
            found.append((yield from self.value(source, place, items, notes, depth + 1)))

    def closed(self, source: Source) -> Reading[bool]:
        """Whether one of the family's closers stands here, where a bracket should."""
        return bool((yield from source.starts(self.closers))) if self.closers else False

    def word(self, source: Source, shape: Shape, notes: list[str]) -> Reading[Any]:
        """A number, a literal, or a bare word where the schema wants a string."""
        while True:
            match = WORD.match(source.text, source.pos)
            if match is None:
                raise NotACall
            if len(match[0]) > LONGEST:
                raise NotACall
            if match.end() < len(source.text) or not (yield from source.more()):
                break
        word = match[0]
        source.pos = match.end()
        if source.cut and source.pos == len(source.text):
            raise Unfinished
        if JSON_NUMBER.match(word):
            return Number(word)
        if word in LITERALS:
            return LITERALS[word]
        number = loose_number(word)
        if word in PYTHONIC or number is not None:
            notes.append("literal")
            return PYTHONIC.get(word, number)
        if shape.types is not None and "string" in shape.types and KEY.fullmatch(word):
            notes.append("quote")
            return word
        raise NotACall


def loose_number(word: str) -> Number | None:
    """A number that JSON would not take: `+5`, `.5`, `007`, `1_000`, `5.`."""
    match = LOOSE_NUMBER.match(word)
    if match is None or not (match[2] or (match[3] or "")[1:]):
        return None
    sign, part, power = ("-" if match[1] == "-" else ""), match[3] or "", match[4] or ""
    whole = (match[2] or "").lstrip("0_") or "0"
    digits = (whole + (part if len(part) > 1 else "")).replace("_", "")
    return Number(sign + digits + power) if JSON_NUMBER.match(sign + digits + power) else None


def decode(text: str, notes: list[str] | None = None) -> Any:
    """A text that holds one value and nothing else. Raises NotACall."""
    try:
        return strict(text)
    except (ValueError, RecursionError):
        pass
    found: list[str] = [] if notes is None else notes
    source = Source(text, closed=True)
    value = finish(Dialect().value(source, Place("item"), ANY, found))
    if finish(source.peek()):
        raise NotACall
    return value


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


def _scalar(match: re.Match[str]) -> Any:
    if match[1] is not None:
        return Number(match[1])
    return LITERALS[match[2]] if match[2] is not None else match[3]


def _unescaped(key: str) -> str:
    if "\\" not in key:
        return key
    try:
        return str(json.loads(f'"{key}"'))
    except ValueError:
        return key
