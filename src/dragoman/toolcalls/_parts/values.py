"""JSON values as models write them, read whole: single quotes, Python's literals, missing brackets.

A value is None, a bool, a `Number` (its digits as they came), a string, a list or a dict. Of
duplicate keys the first wins.
"""

import json
import re
from typing import Any

from dragoman.toolcalls._parts.json_text import JSON_NUMBER, Number, loose_number, strict, unescaped
from dragoman.toolcalls._parts.schema import ANY, Shape
from dragoman.toolcalls._parts.source import END, NotACall, Reading, Source, finish, follows
from dragoman.toolcalls._parts.strings import CLOSING, KEY, Place, read_raw, read_string

DEPTH = 100
LONGEST = 4096

WORD = re.compile(r"[^\s,}\]):;\"'{\[(<=]+")
SCALAR = re.compile(
    r"[ \t\r\n]*(?:(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(true|false|null))[ \t\r\n]*(?:,|(?=\]))"
    r'|[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*(?:,[ \t\r\n]*(?=")|(?=\]))'
)
LITERALS = {"true": True, "false": False, "null": None}
PYTHONIC = {"True": True, "TRUE": True, "False": False, "FALSE": False, "undefined": None, "nil": None}
PYTHONIC |= dict.fromkeys(("None", "NULL", "Null", "NaN"))
NUMBER_KEY = re.compile(r"[0-9]{1,20}")
WORDS = re.compile(r"[^\n\"{}\[\]()=]{1,1024}?(?=\s*(?:[}\]\n]|,\s*[\"'“‘`]))")
BARE_END = re.compile(r"[,}\]]")
BARE_QUOTE = r"(?:<\|\"\|>|<escape>|\")?"
BARE_KEY = re.compile(rf",\s*{BARE_QUOTE}([^\s:,{{}}\[\]<>\"][^:,{{}}\[\]<>\"\n]{{0,80}}?){BARE_QUOTE}\s*:")
BARE_KEY_BEGUN = re.compile(r",\s*[^:,{}\[\]\n]{0,100}\Z")
QUOTES = ('"""', "'''", '"', "'")


class Unfinished(NotACall):
    """The text ends inside a value."""


class Dialect:
    """How values are written: `raw_quote` is the family's own delimiter of strings, if it has one.

    `after` is what may follow a whole call. `sets`: braces without keys hold a list, as Python's do.
    """

    def __init__(
        self, raw_quote: str = "", closers: tuple[str, ...] = (), after: tuple[str, ...] = ()
    ) -> None:
        self.raw_quote, self.closers, self.after = raw_quote, closers, after
        self.follows_string = (*closers, raw_quote) if raw_quote else closers
        self.quotes = (raw_quote, *QUOTES) if raw_quote else QUOTES
        self.sets = False
        self.begins = ("{", "[", '"', "'", raw_quote[:1])

    def opening(self, source: Source) -> Reading[str]:
        """The quote that stands here, not taken; empty where none does."""
        char = source.text[source.pos]
        if char not in "\"'" and not (self.raw_quote and char == self.raw_quote[0]):
            return char if char in CLOSING else ""
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
        yield from self.take_stray(source, quote)
        text: str = json.loads('"' + "".join(pieces) + '"')
        return text

    def take_stray(self, source: Source, quote: str) -> Reading[None]:
        """Take the family's own delimiter behind a string that began with another quote."""
        if self.raw_quote and quote != self.raw_quote and (yield from source.starts((self.raw_quote,))):
            source.pos += len(self.raw_quote)

    def key(self, source: Source, notes: list[str]) -> Reading[str]:
        """A key, quoted or bare; its colon is not taken."""
        quote = yield from self.opening(source)
        if quote:
            source.pos += len(quote)
            # Not behind a backslash, unless that is escaped itself.
            mark = CLOSING.get(quote, quote)
            end = yield from source.take_until(re.compile(rf"(?<!\\)(?:\\\\)*{re.escape(mark)}"))
            if end is None:
                raise Unfinished
            key = source.text[source.pos : end.end() - len(quote)]
            source.pos = end.end()
            if quote == "'" or quote in CLOSING:
                notes.append("quote")
            return unescaped(key)
        if self.raw_quote:
            return (yield from self._bare_key(source))
        end = yield from source.take_until(re.compile(r"[^\w$.-]"))
        if end is None:
            raise Unfinished
        found = KEY.fullmatch(source.text, source.pos, end.start())
        found = found or NUMBER_KEY.fullmatch(source.text, source.pos, end.start())
        if found is None:
            raise NotACall
        source.pos = end.start()
        notes.append("quote")
        return found[0]

    def _bare_key(self, source: Source) -> Reading[str]:
        """A key up to its colon; families with quotes of their own write any words there."""
        end = yield from source.take_until(re.compile(r"[:,{}\[\]\"]"), 128)
        if end is None:
            raise Unfinished
        key = source.text[source.pos : end.start()].strip()
        if not key or end[0] != ":":
            raise NotACall
        source.pos = end.start()
        return key

    def value(
        self, source: Source, place: Place, shape: Shape, notes: list[str], depth: int = 0
    ) -> Reading[Any]:
        char = yield from source.token()
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
        if self.raw_quote and (shape.types is None or shape.allows("string")):
            return (yield from self.bare(source, place, depth > 0))
        return (yield from self.word(source, shape, notes))

    def bare(self, source: Source, place: Place, nested: bool) -> Reading[Any]:
        """A value without quotes of a family that has its own: a number, a literal, or text."""
        pieces: list[str] = []
        while True:
            text, pos = source.text, source.pos
            match = BARE_END.search(text, pos)
            end = match.start() if match else len(text)
            pieces.append(text[pos:end])
            source.pos = end
            ends = self._ends_bare(source, place, nested) if match else None
            if ends:
                break
            if ends is None and not (yield from source.more()):
                if source.cut or match:
                    raise Unfinished
                break
            if ends is False:
                pieces.append(text[end])
                source.pos += 1
        found = "".join(pieces)
        word = found.strip()
        if word in LITERALS or word in PYTHONIC:
            return LITERALS.get(word, PYTHONIC.get(word))
        number = loose_number(word)
        return found if number is None and "\n" in found else word if number is None else number

    def _ends_bare(self, source: Source, place: Place, nested: bool) -> bool | None:
        """Whether text without quotes ends at the comma or bracket that stands here."""
        text, pos = source.text, source.pos
        if text[pos] != ",":
            ends = [(END,), *((*braces, closer) for closer in self.closers for braces in ((), ("}",)))]
            return nested or (text[pos] == "}" and follows(source, pos + 1, ends))
        if place.kind == "item":
            return True
        key = BARE_KEY.match(text, pos)
        if key is None:
            return None if BARE_KEY_BEGUN.match(text, pos) and not source.closed else False
        return not place.keys or key[1] in place.keys

    def object(self, source: Source, shape: Shape, notes: list[str], depth: int) -> Reading[Any]:
        source.pos += 1
        found: dict[str, Any] = {}
        place = Place("member", shape.properties, self.closers)
        while True:
            char = yield from source.token()
            while char == ",":
                source.pos += 1
                char = yield from source.token()
            if char == "}":
                source.pos += 1
                return found
            if char == "]" or (found and (yield from self.closed(source))):
                notes.append("brace")
                return found
            if not char:
                raise Unfinished
            quoted = source.text[source.pos] in QUOTES
            key = yield from self.key(source, notes)
            if not found and (items := (yield from self._set(source, key, quoted, shape, notes))) is not None:
                return items
            if (yield from source.peek()) not in (":", "="):
                raise NotACall if source.pos < len(source.text) else Unfinished
            source.pos += 1
            value = yield from self.value(source, place, shape.of(key) or ANY, notes, depth + 1)
            found.setdefault(key, value)

    def _set(
        self, source: Source, first: str, quoted: bool, shape: Shape, notes: list[str]
    ) -> Reading[list[Any] | None]:
        """What Python's braces hold where no keys are; None where the first item is a key."""
        if not self.sets or not (quoted or first.isdecimal()):
            return None
        if (yield from source.peek()) not in (",", "}"):
            return None
        notes.append("type")
        rest = []
        if source.text[source.pos] == ",":
            rest = yield from self.array(source, shape, notes, DEPTH - 1)
        source.pos += source.text.startswith("}", source.pos)
        return [first if quoted else Number(first), *rest]

    def array(self, source: Source, shape: Shape, notes: list[str], depth: int) -> Reading[list[Any]]:
        source.pos += 1
        found: list[Any] = []
        place = Place("tuple" if source.text.startswith("(", source.pos - 1) else "item", (), self.closers)
        items = shape.items or ANY
        while True:
            while scalar := SCALAR.match(source.text, source.pos):
                found.append(_scalar(scalar))
                source.pos = scalar.end()
            char = yield from source.token()
            while char == ",":
                source.pos += 1
                char = yield from source.token()
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
            if match is None or len(match[0]) > LONGEST:
                raise NotACall
            if match.end() < len(source.text) or not (yield from source.more()):
                break
        word = match[0]
        text = "string" in (shape.types or ())
        if text and KEY.match(word):
            word = yield from self._words(source, word)
        source.pos += len(word)
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
        if text and (len(word) > len(match[0]) or KEY.fullmatch(word)):
            notes.append("quote")
            return word
        raise NotACall

    def _words(self, source: Source, word: str) -> Reading[str]:
        """More words, up to what ends a value, where the first one is not all."""
        pos = source.pos + len(word)
        while source.text[pos:].isspace() and len(source.text) - pos < LONGEST and (yield from source.more()):
            pass
        if source.text[pos:].lstrip()[:1] in (*",}]):", ""):
            return word
        while True:
            match = WORDS.match(source.text, source.pos)
            if match:
                return match[0]
            if len(source.text) - source.pos > LONGEST or not (yield from source.more()):
                return word


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


def _scalar(match: re.Match[str]) -> Any:
    if match[1] is not None:
        return Number(match[1])
    return LITERALS[match[2]] if match[2] is not None else match[3]
