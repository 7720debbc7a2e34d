"""Readers of the blocks that more than one format opens."""

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.envelope import read_arguments, read_calls, read_members
from dragoman.toolcalls._parts.families import ANTHROPIC
from dragoman.toolcalls._parts.format import Reader
from dragoman.toolcalls._parts.markup import PLAIN_NAME, next_tag, read_block
from dragoman.toolcalls._parts.pythonic import read_python
from dragoman.toolcalls._parts.sections import header_before
from dragoman.toolcalls._parts.source import NotACall, Reading, stands
from dragoman.toolcalls._parts.tagged import NAME_LENGTH, take_closer
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import Dialect, Unfinished

MISTRAL = "[TOOL_CALLS]"
ROUND = " \t\r\n`\"'("
"""What may stand round a name."""


def markup_reader(form: Form) -> Reader:
    """A reader of a block of markup, whose opener may be that of the block or of a call."""

    def read(calls: Calls, opener: str) -> Reading[None]:
        if opener in form.calls:
            calls.source.pos -= len(opener)
            calls.notes.append("opener")
        yield from read_block(calls, form)

    return read


def python_reader(*closers: str, openers: tuple[str, ...] = ()) -> Reader:
    """A reader of Python's call syntax, or of JSON, up to one of the closers; there may be no call at all."""
    empty: list[tuple[str, ...]] = [
        sequence for closer in closers for sequence in ((closer,), ("[", "]", closer))
    ]

    def read(calls: Calls, opener: str) -> Reading[None]:
        while tag := (yield from next_tag(calls.source, openers)):
            calls.source.pos += len(tag)
            calls.notes.append("opener")
        if (yield from stands(calls.source, [("{",), ("[", "{")])):
            yield from read_calls(calls, Dialect(closers=closers))
        elif not (yield from stands(calls.source, empty)):
            yield from read_python(calls, closers=closers)
        elif (yield from calls.source.peek()) == "[":
            calls.source.pos = calls.source.text.index("]", calls.source.pos) + 1
        yield from take_closer(calls, closers)

    return read


def read_function_calls(calls: Calls, opener: str) -> Reading[None]:
    """After `<function_calls>`: Olmo 3's Python, or the tags of Anthropic's models."""
    closers = ANTHROPIC.block_closes
    if (yield from next_tag(calls.source, ANTHROPIC.calls)):
        yield from read_block(calls, ANTHROPIC)
    else:
        yield from python_reader(*closers)(calls, opener)


def brace_reader(quote: str, closer: str, after: tuple[str, ...] = ()) -> Reader:
    """A reader of Gemma's `call:NAME{key:value}`, where strings stand between delimiters of its own.

    `after` is what may follow a call whose last delimiter is missing.
    """
    dialect = Dialect(quote, (closer,), after)

    def read(calls: Calls, opener: str) -> Reading[None]:
        source = calls.source
        if (yield from source.peek()) in ("{", "["):
            yield from read_calls(calls, Dialect(closers=(closer,)))
            yield from take_closer(calls, (closer,))
            return
        label = yield from source.starts(["call:", ":call:"])
        source.pos += len(label)
        name, end = yield from header_before(calls, ("{", closer, "\n"))
        if not PLAIN_NAME.match(name.strip(ROUND)):
            raise NotACall
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


def _alone(calls: Calls) -> Reading[str]:
    """The name of a tool on offer with which the text ends."""
    source = calls.source
    while (
        not source.closed
        and len(source.text) - source.pos <= NAME_LENGTH
        and "\n" not in source.text[source.pos :]
    ):
        if any(mark in source.text[source.pos :] for mark in "[{"):
            return ""
        yield from source.more()
    name = source.text[source.pos :].strip()
    return name if source.closed and not source.cut and name in calls.tools.shapes else ""


def read_mistral(calls: Calls, opener: str) -> Reading[None]:
    """After `[TOOL_CALLS]`: a JSON list, or names each with its arguments."""
    source = calls.source
    char = yield from source.peek()
    if not char:
        raise Unfinished
    if char in "[{":
        yield from read_calls(calls, Dialect(closers=(MISTRAL,)))
        return
    header = yield from _alone(calls)
    if header:
        source.pos = len(source.text)
        calls.new().begin(header)
        raise Unfinished
    header, end = yield from header_before(calls, ("[CALL_ID]", "[ARGS]", "{", "\n"))
    if end == "{" and header.rstrip().endswith("["):
        source.pos -= 1
        yield from read_calls(calls, Dialect(closers=(MISTRAL,)), listed=True)
        return
    if end == "\n":
        if (yield from source.peek()) != "{":
            raise NotACall
        source.pos += 1
        end = "{"
    if not PLAIN_NAME.match(header.strip(ROUND)):
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
