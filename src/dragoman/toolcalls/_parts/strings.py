"""Strings as models write them, passed on as JSON text while they come.

What was meant to be content is never altered: an escape is added where JSON needs one, a
backslash that escapes nothing is kept as one, and no character is dropped or put in.
"""

import re
from collections.abc import Callable, Collection
from json.encoder import encode_basestring, encode_basestring_ascii

from msgspec import Struct

from dragoman.toolcalls._parts.source import SOME_SPACE, Reading, Source

Sink = Callable[[str], None]

ESCAPES = r"\\[\"\\/bfnrt]|\\u[0-9a-fA-F]{4}"
CLEAN = {
    '"': re.compile(rf'(?:[^"\\\x00-\x1f]++|{ESCAPES})*+'),
    '"""': re.compile(rf'(?:[^"\\\x00-\x1f]++|{ESCAPES})*+'),
    "'": re.compile(rf"(?:[^'\"\\\x00-\x1f]++|{ESCAPES})*+"),
    "'''": re.compile(rf"(?:[^'\"\\\x00-\x1f]++|{ESCAPES})*+"),
}
HEX = re.compile(r"\\u[0-9a-fA-F]{0,3}\Z|\\x[0-9a-fA-F]?\Z|\\U[0-9a-fA-F]{0,7}\Z|\\\Z")
CODE = re.compile(r"\\x([0-9a-fA-F]{2})|\\U(00[01][0-9a-fA-F]{5})")
KEY = re.compile(r"[A-Za-z_$][\w$.-]*")
BRACKETS = re.compile(r"[\s}\]),]{0,64}")
SURROGATE = re.compile(r"[\ud800-\udfff]")
KEY_LENGTH = 80


class Place(Struct, frozen=True):
    """Where a string stands, so that an inner quote can be told from the last one.

    `kind`: the value of a member, an item of a list, or a keyword argument. `keys` are those that may
    come next; `closers` is what may follow the whole, should brackets be missing.
    """

    kind: str
    keys: Collection[str] = ()
    closers: tuple[str, ...] = ()


def escaped(text: str) -> str:
    """`text` as the inside of a JSON string."""
    if SURROGATE.search(text):
        return str(encode_basestring_ascii(text))[1:-1]
    return str(encode_basestring(text))[1:-1]


def read_string(source: Source, quote: str, place: Place, sink: Sink, notes: list[str]) -> Reading[bool]:
    """The string whose opening `quote` was taken. False where the text ends before it does."""
    clean, mark = CLEAN[quote], quote[0]
    strict = False
    while True:
        text, pos = source.text, source.pos
        end = clean.match(text, pos).end()  # type: ignore[union-attr]
        if end > pos:
            source.pos = end
            sink(text[pos:end])
        if end == len(text):
            if not (yield from source.more()):
                return False
            continue
        if text[end] == mark:
            ends = _ends(source, quote, place, strict)
            if ends:
                source.pos += len(quote)
                return True
            if ends is None:
                yield from source.more()
                continue
            strict = True
            notes.append("quote")
        elif HEX.match(text, end) and (yield from source.more()):
            continue
        sink(_mended(source, notes))


def read_raw(source: Source, delimiter: str, sink: Sink) -> Reading[bool]:
    """A string between two of the same delimiter, without escapes."""
    while True:
        text, pos = source.text, source.pos
        at = text.find(delimiter, pos)
        end = at if at >= 0 else len(text) - (0 if source.closed else overlap(text, pos, delimiter))
        source.pos = end
        if end > pos:
            sink(escaped(text[pos:end]))
        if at >= 0:
            source.pos = at + len(delimiter)
            return True
        if not (yield from source.more()):
            return False


def overlap(text: str, pos: int, literal: str) -> int:
    """How many characters at the end of `text[pos:]` may be the beginning of `literal`."""
    for size in range(min(len(literal) - 1, len(text) - pos), 0, -1):
        if text.endswith(literal[:size]):
            return size
    return 0


def _mended(source: Source, notes: list[str]) -> str:
    """Take a character that JSON would not have here; what stands for it there."""
    char = source.text[source.pos]
    if char == "\\":
        return _escape(source, notes)
    source.pos += 1
    if char in "\"'":
        return '\\"' if char == '"' else char
    notes.append("newline")
    return escaped(char)


def _escape(source: Source, notes: list[str]) -> str:
    """Take a backslash, and what it escapes if JSON does not know the escape but Python does."""
    follower = source.text[source.pos + 1 : source.pos + 2]
    if follower == "'":
        notes.append("escape")
        source.pos += 2
        return "'"
    code = CODE.match(source.text, source.pos)
    if code and (number := int(code[1] or code[2], 16)) <= 0x10FFFF:
        notes.append("escape")
        source.pos = code.end()
        return escaped(chr(number))
    notes.append("escape")
    source.pos += 1
    return "\\\\"


def _ends(source: Source, quote: str, place: Place, strict: bool) -> bool | None:
    """Whether the quote at `pos` ends the string; None where that is not known yet.

    Until an unescaped inner quote was seen the text is taken for well formed, so that a key that
    nobody declared still ends a string; after one, only what fits the schema does.
    """
    text, pos = source.text, source.pos
    if len(quote) > 1:
        if text.startswith(quote, pos):
            return True
        return None if quote.startswith(text[pos:]) and not source.closed else False
    pos = _skip(text, pos + 1)
    if pos == len(text):
        return True if source.closed else None
    char = text[pos]
    if char == ",":
        return _after_comma(source, pos + 1, place, strict)
    if char in "}])":
        return _after_bracket(source, pos, place) if strict else _fits(char, place)
    if place.kind == "member" and char in "\"'":
        return _key(source, pos, place, known=True)
    return _closes(source, pos, place)


def _fits(char: str, place: Place) -> bool:
    return char in ("])" if place.kind == "argument" else "}]")


def _closes(source: Source, pos: int, place: Place) -> bool | None:
    """Whether one of the closers stands at `pos`."""
    if any(source.text.startswith(closer, pos) for closer in place.closers):
        return True
    rest = source.text[pos:]
    if any(closer.startswith(rest) for closer in place.closers) and not source.closed:
        return None
    return False


def _after_comma(source: Source, pos: int, place: Place, strict: bool) -> bool | None:
    text = source.text
    pos = _skip(text, pos)
    if pos == len(text):
        return True if source.closed else None
    char = text[pos]
    if char in "}])":
        return _after_bracket(source, pos, place) if strict else _fits(char, place)
    if place.kind == "item":
        return char in "\"'[{" or (not strict and (char.isalnum() or char == "-"))
    if place.kind == "member" and char in "\"'":
        return _key(source, pos, place, known=strict)
    key = KEY.match(text, pos)
    if key is None:
        return False
    after = _skip(text, key.end())
    if after == len(text):
        return None if not source.closed and key.end() - pos < KEY_LENGTH else False
    return text[after] == (":" if place.kind == "member" else "=")


def _key(source: Source, pos: int, place: Place, known: bool) -> bool | None:
    """Whether a quoted key and a colon stand at `pos`; the key one that is declared, where any are."""
    text = source.text
    end = text.find(text[pos], pos + 1, pos + KEY_LENGTH)
    if end < 0:
        begins = text[pos + 1 :]
        hopeful = not known or not place.keys or any(key.startswith(begins) for key in place.keys)
        return None if hopeful and len(begins) < KEY_LENGTH and not source.closed else False
    after = _skip(text, end + 1)
    if after == len(text):
        return None if not source.closed else False
    return text[after] == ":" and (not known or not place.keys or text[pos + 1 : end] in place.keys)


def _after_bracket(source: Source, pos: int, place: Place) -> bool | None:
    """After an inner quote was seen: whether brackets here end the whole, or lead to the next member."""
    match = BRACKETS.match(source.text, pos)
    end = match.end() if match else pos
    if end == len(source.text):
        return True if source.closed else None
    run = source.text[pos:end]
    if "," in run:
        return source.text[end] in "\"'{["
    closes = _closes(source, end, place)
    if closes is False and not place.closers:
        return "\n" in run or len(run.replace(" ", "")) > 1
    return closes


def _skip(text: str, pos: int) -> int:
    match = SOME_SPACE.match(text, pos)
    return match.end() if match else pos
