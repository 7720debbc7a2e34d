"""What may stand between `<tool_call>` and `</tool_call>`: families share the tags and mix the rest."""

import re
from collections.abc import Iterable

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.envelope import read_calls
from dragoman.toolcalls._parts.families import ANTHROPIC, GLM, QWEN
from dragoman.toolcalls._parts.format import Reader
from dragoman.toolcalls._parts.markup import (
    PLAIN_NAME,
    next_tag,
    read_block,
    read_call,
    read_parameters,
    read_value,
)
from dragoman.toolcalls._parts.source import NotACall, Reading, Source, stands
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import Dialect, Unfinished

OPENER, CLOSER = "<tool_call>", "</tool_call>"
FENCE = "```"
FENCES = (FENCE + "json", FENCE)
NAME_LENGTH = 160
NAME = re.compile(r"\r?\n|</?arg_key>|<arg_value>|</tool_call>|<tool_call>|\{")


def json_reader(*closers: str) -> Reader:
    """A reader of JSON calls up to one of the closers."""
    dialect = Dialect(closers=closers)

    def read(calls: Calls, opener: str) -> Reading[None]:
        fenced = yield from next_tag(calls.source, FENCES)
        calls.source.pos += len(fenced)
        yield from read_calls(calls, dialect)
        if fenced:
            yield from take_closer(calls, (FENCE,))
        yield from take_closer(calls, closers)

    return read


JSON = json_reader(CLOSER)


def markup_or_json(form: Form) -> Reader:
    """A reader of a block of markup, or of JSON in its place; its opener may be that of a call."""
    json = json_reader(*form.block_closes)

    def read(calls: Calls, opener: str) -> Reading[None]:
        if opener in form.calls:
            calls.source.pos -= len(opener)
            calls.notes.append("opener")
        if (yield from calls.source.glance()) in ("{", "["):
            yield from json(calls, opener)
        else:
            yield from read_block(calls, form)

    return read


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
    if char in "{[" or (char == "`" and (yield from source.starts([FENCE]))):
        yield from JSON(calls, opener)
    elif (yield from source.starts(QWEN.calls)):
        yield from read_block(calls, QWEN)
    elif (yield from source.starts(ANTHROPIC.calls)):
        yield from read_block(calls, ANTHROPIC)
        yield from take_closer(calls, (CLOSER,))
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
        if end[0] in GLM.key_ends and known and glued.strip():
            name = known
        elif end[0] == "</arg_key>" and tools.open:
            name, _, glued = name.partition(" ")
        else:
            glued = ""
            if not PLAIN_NAME.match(name):
                raise NotACall
    call.begin(name)
    source.pos = end.end() if glued and end[0] != "<arg_value>" else end.start()
    glued = glued or (yield from _key_behind(source, call.shape.properties))
    if glued:
        call.notes.append("opener")
        yield from read_value(calls, call, GLM, glued.strip())
    yield from read_parameters(calls, call, GLM)
    yield from take_closer(calls, GLM.block_closes)


def _key_behind(source: Source, keys: Iterable[str]) -> Reading[str]:
    """The declared key, taken with its tags, where `<tool_call>` was written for `<arg_key>`."""
    if not (yield from next_tag(source, (OPENER,))):
        return ""
    for key in keys:
        if (yield from stands(source, [(OPENER, key, "</arg_key>")])):
            source.pos = source.text.index("</arg_key>", source.pos) + len("</arg_key>")
            return key
    return ""


def take_closer(calls: Calls, closers: tuple[str, ...]) -> Reading[bool]:
    """Take the closer of a block, if it comes next."""
    source = calls.source
    found = yield from next_tag(source, closers)
    source.pos += len(found)
    return bool(found)
