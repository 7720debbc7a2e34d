"""Calls as Python writes them: `[f(a=1, b="x"), g()]`, with Python's literals or JSON's."""

import re

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.envelope import read_member, read_members
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.strings import KEY, Place
from dragoman.toolcalls._parts.values import Dialect, Unfinished

NAME = re.compile(r"[^\W\d][\w.:-]*")
PREFIXES = tuple(letter + quote for letter in "fFuUbBrR" for quote in "\"'")
RAW_LENGTH = 4096
NO_NAME = re.compile(r"[^\w.:-]")


def read_python(
    calls: Calls, listed: bool = False, strict: bool = False, closers: tuple[str, ...] = ()
) -> Reading[None]:
    """Calls from here on. `listed`: their opening bracket was taken already."""
    source, made, dialect = calls.source, calls.made, Dialect(closers=closers)
    dialect.sets = True
    while True:
        char = yield from source.glance()
        if char == "[" and not listed and calls.made == made:
            listed = True
        elif char == "]" and listed:
            listed = False
        elif char in (",", ";") and calls.made > made and (listed or closers):
            pass
        elif char and (char.isalpha() or char == "_") and (listed or closers or calls.made == made):
            yield from source.peek()
            yield from _call(calls, dialect, strict)
            continue
        elif calls.made == made:
            raise NotACall if char else Unfinished
        else:
            return
        yield from source.peek()
        source.pos += 1


def _call(calls: Calls, dialect: Dialect, strict: bool) -> Reading[None]:
    source = calls.source
    end = yield from source.take_until(NO_NAME, 256)
    name = NAME.fullmatch(source.text, source.pos, end.start()) if end else None
    if end is None or name is None or end[0] != "(":
        raise Unfinished if end is None and source.closed else NotACall
    source.pos = end.end()
    call = calls.new(strict)
    call.begin(name[0])
    yield from _arguments(calls, call, dialect)


def _arguments(calls: Calls, call: Call, dialect: Dialect) -> Reading[None]:
    source = calls.source
    while True:
        char = yield from source.peek()
        if char == ",":
            source.pos += 1
            char = yield from source.peek()
        if not char:
            raise Unfinished
        if char == ")":
            source.pos += 1
            calls.finish()
            return
        if char in "{*":
            yield from _mapping(calls, call, dialect)
        elif (yield from dialect.closed(source)):
            if not call.complete:
                raise NotACall
            call.notes.append("brace")
            calls.finish()
            return
        else:
            yield from _argument(calls, dialect)


def _mapping(calls: Calls, call: Call, dialect: Dialect) -> Reading[None]:
    """A dictionary in the place of the keywords, or one that is unpacked into them."""
    source = calls.source
    stars = yield from source.starts(("**",))
    source.pos += len(stars)
    char = yield from source.peek()
    if char != "{" or (call.given and not stars):
        raise NotACall if char else Unfinished
    source.pos += 1
    yield from read_members(calls, call, dialect)


def _argument(calls: Calls, dialect: Dialect) -> Reading[None]:
    source, call = calls.source, calls.current
    end = yield from source.take_until(re.compile(r"[^\w$.-]"))
    key = KEY.fullmatch(source.text, source.pos, end.start()) if end else None
    if end is None or key is None or call is None:
        raise Unfinished if end is None and source.closed else NotACall
    source.pos = end.start()
    if (yield from source.peek()) != "=":
        raise NotACall if source.pos < len(source.text) else Unfinished
    source.pos += 1
    notes = len(call.notes)
    yield from source.peek()
    if prefix := (yield from source.starts(PREFIXES)):
        source.pos += 1
        call.member(key[0], (yield from _prefixed(calls, call, dialect, prefix)))
    else:
        yield from read_member(calls, call, dialect, key[0], "argument")
    call.notes[notes:] = [note for note in call.notes[notes:] if note not in ("quote", "literal")]


def _prefixed(calls: Calls, call: Call, dialect: Dialect, prefix: str) -> Reading[str]:
    """The string behind a letter: raw, or one that is formatted but has nothing to be put in."""
    source, quote = calls.source, prefix[1]
    if prefix[0] not in "rR":
        place = Place("argument", call.shape.properties, dialect.closers)
        text = yield from dialect.string(source, quote, place, call.notes)
        if prefix[0] in "fF" and "{" in text:
            raise NotACall
        return text
    source.pos += 1
    end = yield from source.take_until(re.compile(rf"(?<!\\)(?:\\\\)*{quote}(?=\s*[,)])"), RAW_LENGTH)
    if end is None:
        raise Unfinished if source.closed and len(source.text) - source.pos < RAW_LENGTH else NotACall
    text = source.text[source.pos : end.end() - 1]
    source.pos = end.end()
    return text
