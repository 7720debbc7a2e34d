"""Calls of which the name and the JSON of the arguments stand apart, between tokens of the family's own."""

import re
from collections.abc import Callable

from msgspec import Struct

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.envelope import as_object, read_arguments
from dragoman.toolcalls._parts.markup import next_tag, read_call
from dragoman.toolcalls._parts.schema import ANY
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.strings import Place
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import Dialect, Unfinished

FENCES = ("```json", "```")


class Section(Struct, frozen=True):
    """`begins` opens a call, `separates` its name from its arguments, `ends` closes it.

    `named` makes the name and the id from what stands before the separator.
    """

    begins: tuple[str, ...]
    separates: tuple[str, ...]
    ends: tuple[str, ...]
    block_opens: tuple[str, ...] = ()
    block_closes: tuple[str, ...] = ()
    named: Callable[[str], tuple[str, str]] = lambda header: (header.strip(), "")
    fenced: bool = False
    nameless: bool = False
    """Whether a call may come without a name: the only tool on offer that its arguments fit is meant."""
    form: Form | None = None
    """Tags that may stand in the place of the JSON."""

    @property
    def dialect(self) -> Dialect:
        closers = (*self.ends, *self.block_closes)
        if self.fenced:
            closers += tuple("```" + space + end for end in self.ends for space in ("", "\n"))
        return Dialect(closers=closers)


def read_sections(calls: Calls, section: Section, begun: bool) -> Reading[None]:
    """Calls to the end of their block. `begun`: the opener of the first one was taken."""
    source, made, opened = calls.source, calls.made, not begun
    while True:
        if not begun:
            tags = (*section.begins, *section.block_opens, *section.block_closes)
            tag = yield from next_tag(source, tags)
            if tag and tag in section.block_closes and (calls.made > made or opened):
                source.pos += len(tag)
                return
            if calls.made > made and tag not in section.begins:
                return
            if not tag:
                yield from _read_unopened(calls, section)
                continue
            source.pos += len(tag)
            if tag not in section.begins:
                continue
        begun = False
        yield from _read_section(calls, section)


def _read_unopened(calls: Calls, section: Section) -> Reading[None]:
    """A call of a tool on offer in its block, but without the token that opens a call."""
    source = calls.source
    rest = source.text[source.pos :]
    if source.closed and any(tag.startswith(rest) for tag in (*section.begins, *section.block_closes)):
        raise Unfinished
    ends = (*section.begins, *section.separates, *section.ends)
    end = yield from source.take_until(re.compile("|".join(map(re.escape, ends))))
    if end is None or end[0] not in section.separates:
        raise Unfinished if end is None and source.cut else NotACall
    strict, calls.strict = calls.strict, True
    calls.notes.append("opener")
    yield from _read_section(calls, section)
    calls.strict = strict


def header_before(calls: Calls, ends: tuple[str, ...]) -> Reading[tuple[str, str]]:
    """What stands before the first of these, and which of them it is; neither is left."""
    source = calls.source
    end = yield from source.take_until(re.compile("|".join(map(re.escape, ends))))
    if end is None:
        raise Unfinished if source.closed and len(source.text) - source.pos < 512 else NotACall
    header = source.text[source.pos : end.start()]
    source.pos = end.end()
    return header, end[0]


def _read_section(calls: Calls, section: Section) -> Reading[None]:
    source = calls.source
    header, end = yield from header_before(calls, (*section.separates, "{", *section.ends))
    if end in section.ends:
        raise NotACall
    if end == "{":
        source.pos -= 1
        if not calls.tools.offers(calls.tools.meant(section.named(header)[0])):
            raise NotACall
    if section.form and (tag := (yield from next_tag(source, section.form.calls))):
        source.pos += len(tag)
        yield from read_call(calls, section.form)
        yield from _take(calls, section.ends)
        return
    name, id = section.named(header)
    call = calls.new()
    if end == "{":
        call.notes.append("opener")
    if section.fenced and name == "function" and (yield from source.glance()) != "{":
        name, _ = yield from header_before(calls, ("\n", "```", "{"))
        source.pos -= 1
        source.pos -= 2 * source.text.startswith("```", source.pos - 2)
    if section.nameless and not name:
        call.id = id
        if len(calls.tools.shapes) == 1:
            call.notes.append("name")
            call.begin(next(iter(calls.tools.shapes)))
    else:
        call.begin(name, id)
    yield from read_section_arguments(calls, call, section)


def read_section_arguments(calls: Calls, call: Call, section: Section) -> Reading[None]:
    """The arguments' JSON, to the end of the call."""
    source = calls.source
    if section.fenced and (fence := (yield from next_tag(source, FENCES))):
        source.pos += len(fence)
    if call.name is None:
        yield from _read_nameless(calls, call, section)
    else:
        yield from read_arguments(calls, call, section.dialect)
    tag = yield from next_tag(source, ("```", "}", *section.ends))
    while tag and tag in ("```", "}"):
        if tag == "}":
            call.notes.append("brace")
        source.pos += len(tag)
        tag = yield from next_tag(source, ("```", "}", *section.ends))
    calls.finish()
    source.pos += len(tag)


def _read_nameless(calls: Calls, call: Call, section: Section) -> Reading[None]:
    """Arguments of a call that said no name, held until they tell it."""
    place = Place("member", (), section.dialect.closers)
    yield from calls.source.peek()
    value = yield from section.dialect.value(calls.source, place, ANY, call.notes)
    given = as_object(value, call.notes)
    fitting = [
        name
        for name, shape in calls.tools.shapes.items()
        if given and shape.required <= given.keys() <= shape.properties.keys()
    ]
    if len(fitting) != 1:
        raise NotACall
    call.notes.append("name")
    call.begin(fitting[0])
    call.members(given)


def _take(calls: Calls, tags: tuple[str, ...]) -> Reading[None]:
    tag = yield from next_tag(calls.source, tags)
    calls.source.pos += len(tag)
