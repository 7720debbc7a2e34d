"""Strings as models write them, passed on as JSON text while they come.

What was meant to be content is never altered: an escape is added where JSON needs one, a
backslash that escapes nothing is kept as one, and no character is dropped or put in.
"""

import re
from collections.abc import Callable, Collection
from json.encoder import encode_basestring, encode_basestring_ascii

from msgspec import Struct

from dragoman.toolcalls._parts.scanner import scanner
from dragoman.toolcalls._parts.source import (
    COMMENT,
    COMMENT_BEGUN,
    END,
    SOME_SPACE,
    Reading,
    Source,
    follows,
)

Sink = Callable[[str], None]

ESCAPES = r"\\[\"\\/bfnrt]|\\u[0-9a-fA-F]{4}"
CLEAN = {
    '"': re.compile(rf'(?:[^"\\\x00-\x1f]++|{ESCAPES})*+'),
    '"""': re.compile(rf'(?:[^"\\\x00-\x1f]++|{ESCAPES})*+'),
    "'": re.compile(rf"(?:[^'\"\\\x00-\x1f]++|{ESCAPES})*+"),
    "'''": re.compile(rf"(?:[^'\"\\\x00-\x1f]++|{ESCAPES})*+"),
    "”": re.compile(rf"(?:[^”\"\\\x00-\x1f]++|{ESCAPES})*+"),
    "’": re.compile(rf"(?:[^’\"\\\x00-\x1f]++|{ESCAPES})*+"),
    "`": re.compile(rf"(?:[^`\"\\\x00-\x1f]++|{ESCAPES})*+"),
}
CLOSING = {"“": "”", "”": "”", "‘": "’", "’": "’", "`": "`"}
"""The quotes that JSON does not have, but that models write round keys and values, and what ends them."""
MARKS = "\"'" + "".join(CLOSING)
HEX = re.compile(r"\\u[0-9a-fA-F]{0,3}\Z|\\x[0-9a-fA-F]?\Z|\\U[0-9a-fA-F]{0,7}\Z|\\\Z")
CODE = re.compile(r"\\x([0-9a-fA-F]{2})|\\U(00[01][0-9a-fA-F]{5})")
KEY = re.compile(r"[A-Za-z_$][\w$.-]*")
BRACKETS = re.compile(r"[\s}\]),]{0,64}")
FITTING = {"argument": "])", "tuple": ")"}
CALL_NAME = re.compile(r"[^\W\d][\w.:-]{0,80}")
SURROGATE = re.compile(r"[\ud800-\udfff]")
KEY_LENGTH = 80


class Place(Struct, frozen=True):
    """Where a string stands, so that an inner quote can be told from the last one.

    `kind`: the value of a member, an item of a list or a tuple, or a keyword argument. `keys` are those
    that may come next; `closers` is what may follow the whole, should brackets be missing.
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
    quote = CLOSING.get(quote, quote)
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


def read_raw(
    source: Source, delimiter: str, sink: Sink, closers: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> Reading[bool]:
    """A string between two of the same delimiter, without escapes.

    Where the second one is missing it ends before a brace and a closer of the family's that end the
    text, or that something of `after` follows.
    """
    scan = scanner(frozenset([delimiter, *("}" + closer for closer in closers)]))
    while True:
        text, pos = source.text, source.pos
        match = scan.search(text, pos)
        end = match.start() if match else len(text)
        source.pos = end
        if end > pos:
            sink(escaped(text[pos:end]))
        if match is None or match[0] not in scan.literals:
            if (yield from source.more()):
                continue
            if match and match[0] == "}" and not source.cut:
                return True
            source.pos = len(text)
            if match:
                sink(escaped(match[0]))
            return False
        if match[0] == delimiter:
            source.pos = match.end()
            return True
        ends = follows(source, match.end(), [(END,), *((tag,) for tag in after)])
        if ends:
            return True
        if ends is None:
            yield from source.more()
            continue
        source.pos = match.end()
        sink(escaped(match[0]))


def _mended(source: Source, notes: list[str]) -> str:
    """Take a character that JSON would not have here; what stands for it there."""
    char = source.text[source.pos]
    if char == "\\":
        return _escape(source, notes)
    source.pos += 1
    if char >= " ":
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
    start, pos = pos + 1, _skip(text, pos + 1)
    if pos == len(text):
        return True if source.closed else None
    if pos > start and text[pos] in "/#" and not strict:
        return _after_comment(source, pos, place)
    char = text[pos]
    if char == ",":
        return _after_comma(source, pos + 1, place, strict)
    if char in "}])":
        return _after_bracket(source, pos, place) if strict else _fits(char, place)
    if place.kind == "member" and char in MARKS and char != "`":
        return _key(source, pos, place, known=True)
    return _closes(source, pos, place)


def _after_comment(source: Source, pos: int, place: Place) -> bool | None:
    """Whether a comment stands here that leads on as the end of a string would."""
    text = source.text
    while pos < len(text) and text[pos] in "/#":
        comment = COMMENT.match(text, pos)
        if comment is None:
            return None if COMMENT_BEGUN.match(text, pos) and not source.closed else False
        pos = _skip(text, comment.end())
    if pos == len(text):
        return True if source.closed else None
    if text[pos] == ",":
        return _after_comma(source, pos + 1, place, strict=True)
    if text[pos] in MARKS:
        return place.kind == "item" or _key(source, pos, place, known=True)
    return _fits(text[pos], place)


def _fits(char: str, place: Place) -> bool:
    return char in FITTING.get(place.kind, "}]")


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
    if char in "/#" and not strict:
        return _after_comment(source, pos, place)
    if char == ",":
        return _after_comma(source, pos + 1, place, strict=True)
    if char in "}])":
        return _after_bracket(source, pos, place) if strict else _fits(char, place)
    if place.kind in ("item", "tuple"):
        return char in MARKS + "[{" or (not strict and (char.isalnum() or char == "-"))
    if place.kind == "member" and char in MARKS:
        return _key(source, pos, place, known=strict or char in CLOSING)
    if place.kind == "argument" and char == "*":
        return text.startswith("**", pos) if pos + 1 < len(text) or source.closed else None
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
    end = text.find(CLOSING.get(text[pos], text[pos]), pos + 1, pos + KEY_LENGTH)
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
    if place.kind == "argument":
        return _after_argument(source, run, end, place)
    if "," in run:
        return source.text[end] in "\"'{["
    closes = _closes(source, end, place)
    if closes is False and not place.closers:
        return "\n" in run or len(run.replace(" ", "")) > 1
    return closes


def _after_argument(source: Source, run: str, end: int, place: Place) -> bool | None:
    """The same for a keyword argument: another call follows, or the list ends."""
    brackets = "".join(run.split())
    if brackets == ")," or (brackets == ")" and "\n" in run):
        name = CALL_NAME.match(source.text, end)
        after = name.end() if name else end
        if after == len(source.text) and not source.closed:
            return None
        if name and source.text.startswith("(", after):
            return True
    if place.closers:
        return _closes(source, end, place)
    return brackets.startswith(")]")


def _skip(text: str, pos: int) -> int:
    match = SOME_SPACE.match(text, pos)
    return match.end() if match else pos
