"""Readers of the blocks that more than one format opens."""

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.envelope import read_arguments, read_calls, read_members
from dragoman.toolcalls._parts.families import ANTHROPIC
from dragoman.toolcalls._parts.format import Reader
from dragoman.toolcalls._parts.markup import next_tag, read_block
from dragoman.toolcalls._parts.pythonic import read_python
from dragoman.toolcalls._parts.sections import header_before
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.tagged import take_closer
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import Dialect, Unfinished

MISTRAL = "[TOOL_CALLS]"


def markup_reader(form: Form) -> Reader:
    """A reader of a block of markup, whose opener may be that of the block or of a call."""

    def read(calls: Calls, opener: str) -> Reading[None]:
        if opener in form.calls:
            calls.source.pos -= len(opener)
            calls.notes.append("opener")
        yield from read_block(calls, form)

    return read


def python_reader(*closers: str, openers: tuple[str, ...] = ()) -> Reader:
    """A reader of Python's call syntax up to one of the closers."""

    def read(calls: Calls, opener: str) -> Reading[None]:
        while tag := (yield from next_tag(calls.source, openers)):
            calls.source.pos += len(tag)
            calls.notes.append("opener")
        char = yield from calls.source.glance()
        if char == "{":
            yield from read_calls(calls, Dialect(closers=closers))
        else:
            yield from read_python(calls, closers=closers)
        yield from take_closer(calls, closers)

    return read


def read_function_calls(calls: Calls, opener: str) -> Reading[None]:
    """After `<function_calls>`: Olmo 3's Python, or the tags of Anthropic's models."""
    closers = ANTHROPIC.block_closes
    if (yield from next_tag(calls.source, ANTHROPIC.calls)):
        yield from read_block(calls, ANTHROPIC)
    else:
        yield from python_reader(*closers)(calls, opener)


def brace_reader(quote: str, closer: str) -> Reader:
    """A reader of Gemma's `call:NAME{key:value}`, where strings stand between delimiters of its own."""
    dialect = Dialect(quote, (closer,))

    def read(calls: Calls, opener: str) -> Reading[None]:
        source = calls.source
        yield from source.peek()
        label = yield from source.starts(["call:"])
        source.pos += len(label)
        name, end = yield from header_before(calls, ("{", closer))
        call = calls.new()
        call.begin(name)
        if end == "{":
            yield from read_members(calls, call, dialect)
            while (yield from source.glance()) == "}":
                yield from source.peek()
                source.pos += 1
        calls.finish()
        yield from take_closer(calls, (closer,))

    return read


def read_mistral(calls: Calls, opener: str) -> Reading[None]:
    """After `[TOOL_CALLS]`: a JSON list, or names each with its arguments."""
    source = calls.source
    char = yield from source.peek()
    if not char:
        raise Unfinished
    if char in "[{":
        yield from read_calls(calls, Dialect(closers=(MISTRAL,)))
        return
    header, end = yield from header_before(calls, ("[CALL_ID]", "[ARGS]", "{", "\n"))
    if end == "\n":
        raise NotACall
    id = ""
    if end == "[CALL_ID]":
        id, end = yield from header_before(calls, ("[ARGS]", "{"))
    if end == "{":
        source.pos -= 1
    call: Call = calls.new()
    call.begin(header, id.strip())
    yield from read_arguments(calls, call, Dialect(closers=(MISTRAL, "</s>")))
    calls.finish()
