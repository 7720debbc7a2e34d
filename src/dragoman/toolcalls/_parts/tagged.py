"""What may stand between `<tool_call>` and `</tool_call>`: families share the tags and mix the rest."""

import re

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.envelope import read_calls
from dragoman.toolcalls._parts.families import GLM, QWEN
from dragoman.toolcalls._parts.format import Reader
from dragoman.toolcalls._parts.markup import (
    PLAIN_NAME,
    next_tag,
    read_block,
    read_call,
    read_parameters,
    read_value,
)
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.values import Dialect, Unfinished

OPENER, CLOSER = "<tool_call>", "</tool_call>"
NAME_LENGTH = 160
NAME = re.compile(r"\r?\n|</?arg_key>|<arg_value>|</tool_call>|<tool_call>|\{")


def json_reader(*closers: str) -> Reader:
    """A reader of JSON calls up to one of the closers."""
    dialect = Dialect(closers=closers)

    def read(calls: Calls, opener: str) -> Reading[None]:
        yield from read_calls(calls, dialect)
        yield from take_closer(calls, closers)

    return read


JSON = json_reader(CLOSER)


def read_tagged(calls: Calls, opener: str) -> Reading[None]:
    """After `<tool_call>`: JSON, Qwen's tags, or GLM's, these only of a tool on offer."""
    yield from _read_tagged(calls, opener, strict=True)


def read_tagged_glm(calls: Calls, opener: str) -> Reading[None]:
    """After GLM's `<tool_call>`, where a name alone is a call of any tool."""
    yield from _read_tagged(calls, opener, strict=False)


def _read_tagged(calls: Calls, opener: str, strict: bool) -> Reading[None]:
    source = calls.source
    char = yield from source.peek()
    while char == "<" and (yield from source.starts([OPENER])):
        source.pos += len(OPENER)
        calls.notes.append("opener")
        char = yield from source.peek()
    if not char:
        raise Unfinished
    if char in "{[":
        yield from JSON(calls, opener)
    elif (yield from source.starts(QWEN.calls)):
        yield from read_block(calls, QWEN)
    elif char == "<":
        raise NotACall
    else:
        yield from _read_glm(calls, strict)


def read_bare(calls: Calls, opener: str) -> Reading[None]:
    """After a `<function=` that no `<tool_call>` came before."""
    calls.notes.append("opener")
    yield from read_call(calls, QWEN)
    while tag := (yield from next_tag(calls.source, QWEN.calls)):
        calls.source.pos += len(tag)
        yield from read_call(calls, QWEN)
    yield from take_closer(calls, QWEN.block_closes)


def _read_glm(calls: Calls, strict: bool) -> Reading[None]:
    """A name, then pairs of a key and a value. The first key may be glued to the name."""
    source, tools = calls.source, calls.tools
    end = yield from source.take_until(NAME, NAME_LENGTH)
    if end is None:
        raise Unfinished if source.closed and len(source.text) - source.pos <= NAME_LENGTH else NotACall
    header = source.text[source.pos : end.start()]
    name = header.strip()
    call = calls.new(strict)
    glued = ""
    if not tools.offers(tools.meant(name)) or tools.open:
        known, glued = tools.split(name)
        if end[0] == "</arg_key>" and known and glued.strip():
            name = known
        elif end[0] == "</arg_key>" and tools.open:
            name, _, glued = name.partition(" ")
        else:
            glued = ""
            if not PLAIN_NAME.match(name):
                raise NotACall
    call.begin(name)
    if glued:
        call.notes.append("opener")
        source.pos = end.end()
        yield from read_value(calls, call, GLM, glued.strip())
    else:
        source.pos = end.start()
    yield from read_parameters(calls, call, GLM)
    yield from take_closer(calls, GLM.block_closes)


def take_closer(calls: Calls, closers: tuple[str, ...]) -> Reading[bool]:
    """Take the closer of a block, if it comes next."""
    source = calls.source
    found = yield from next_tag(source, closers)
    source.pos += len(found)
    return bool(found)
