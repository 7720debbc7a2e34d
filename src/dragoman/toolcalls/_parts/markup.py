"""Calls as tags: a tag for the call, one for each parameter, the value as text between."""

import re
from collections.abc import Callable
from html import unescape

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.envelope import read_members
from dragoman.toolcalls._parts.schema import Shape
from dragoman.toolcalls._parts.source import NotACall, Reading, Source
from dragoman.toolcalls._parts.tag_values import Value, take_value
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import Dialect, Unfinished

QUOTED = re.compile(r"\s*([\"'])(.*?)\1")
UNQUOTED = re.compile(r"\s*([^\s\"'=]+)\s+((?:string|type)=.*)", re.DOTALL)
PLAIN_NAME = re.compile(r"(?=.*\w)[^\s<>{}()\[\]\"',=]{1,128}\Z")
HEADER_LENGTH = 512


def read_block(calls: Calls, form: Form) -> Reading[None]:
    """Calls up to the closer of their block, which may be missing."""
    source, made = calls.source, calls.made
    while True:
        yield from source.glance()
        found = yield from next_tag(source, (*form.calls, *form.block_closes, *form.block_opens))
        if found in form.calls and found:
            source.pos += len(found)
            yield from read_call(calls, form)
        elif found in form.block_closes and found and calls.made > made:
            source.pos += len(found)
            return
        elif found in form.block_opens and found and calls.made == made:
            source.pos += len(found)
        elif calls.made == made:
            raise NotACall if source.pos < len(source.text) else Unfinished
        else:
            return


def next_tag(source: Source, tags: tuple[str, ...]) -> Reading[str]:
    """The tag that comes next, the white space before it taken; empty and nothing taken where none does."""
    char = yield from source.glance()
    if not char or not any(tag[0] == char for tag in tags):
        return ""
    yield from source.peek()
    return (yield from source.starts(tags))


def read_call(calls: Calls, form: Form) -> Reading[None]:
    """One call whose opening tag was taken up to the name."""
    header = yield from _header(calls.source, form.name_ends)
    call = calls.new()
    name = _named(header, calls.tools.offers)
    call.begin(unescape(name) if form.entities else name)
    yield from read_parameters(calls, call, form)


def read_parameters(calls: Calls, call: Call, form: Form) -> Reading[None]:
    """The parameters of a call that is named, to its end."""
    source = calls.source
    tags = (*form.parameters, *form.closers, *form.calls, *form.block_opens, *form.value_closes)
    while True:
        char = yield from source.peek()
        if not char:
            raise Unfinished
        if char == "{" and not call.given:
            source.pos += 1
            yield from read_members(calls, call, Dialect(closers=form.closers))
            continue
        tag = yield from source.starts(tags)
        if tag in form.parameters and tag:
            source.pos += len(tag)
            yield from _parameter(calls, call, form)
        elif tag in form.value_closes and tag:
            call.notes.append("closer")
            source.pos += len(tag)
        elif tag:
            if tag in form.call_closes:
                source.pos += len(tag)
            elif form.call_closes:
                call.notes.append("closer")
            calls.finish()
            return
        else:
            raise NotACall if source.pos < len(source.text) else Unfinished


def _header(source: Source, ends: tuple[str, ...]) -> Reading[str]:
    """The rest of a tag to its end, which is taken."""
    stops = ("\n",) if any(end[0] == "<" for end in ends) else ("\n", "<")
    end = yield from source.take_until(re.compile("|".join(map(re.escape, (*ends, *stops)))))
    if end is None or end[0] not in ends:
        raise NotACall if end else Unfinished
    header = source.text[source.pos : end.start()]
    source.pos = end.end()
    return header


def _named(header: str, known: Callable[[str], bool]) -> str:
    """The name in a tag; its quotes are the tag's, unless a name that is known has them."""
    quoted = QUOTED.match(header)
    if quoted and (not known(header) or known(quoted[2])):
        return quoted[2]
    return header.strip() or ""


def _parameter(calls: Calls, call: Call, form: Form) -> Reading[None]:
    key, attributes = yield from _key(calls, call, form)
    key = unescape(key) if form.entities else key
    yield from read_value(calls, call, form, key, attributes)


def read_value(calls: Calls, call: Call, form: Form, key: str, attributes: str = "") -> Reading[None]:
    """The value of a parameter whose key was taken."""
    source = calls.source
    if form.value_opens:
        tag = yield from next_tag(source, (*form.value_opens, *form.value_closes))
        if tag in form.value_opens:
            source.pos += len(tag)
        else:
            yield from source.peek()
            call.notes.append("opener")
    value = Value(call, key, attributes)
    ended = yield from take_value(source, call, form, key, value.take)
    if not ended:
        raise Unfinished
    value.close()


def _key(calls: Calls, call: Call, form: Form) -> Reading[tuple[str, str]]:
    """The key in a parameter's tag, and the tag's other attributes. A value glued to it is left behind."""
    source, declared = calls.source, call.shape.properties
    stops = re.compile("|".join(map(re.escape, (*form.key_ends, "\n"))))
    end = yield from source.take_until(stops, HEADER_LENGTH)
    if end is None and source.closed and len(source.text) - source.pos <= HEADER_LENGTH:
        raise Unfinished
    header = source.text[source.pos : end.start() if end else source.pos + HEADER_LENGTH]
    spoilt = end is None or end[0] == "\n" or ("<" in header and form.key_ends == (">",))
    attributes = UNQUOTED.match(header) if form.quotes else None
    if end is not None and not spoilt and attributes:
        source.pos = end.end()
        return attributes[1], attributes[2]
    if end is not None and not spoilt and (header.strip() in declared or not _glued(header, declared)):
        source.pos = end.end()
        quoted = QUOTED.match(header)
        if quoted and (quoted[2] in declared or header.strip() != quoted[0].strip() or form.quotes):
            return quoted[2], header[quoted.end() :]
        return header.strip(), ""
    key = _glued(header, declared) or _run_on(header, declared, form)
    if not key:
        raise NotACall
    source.pos += len(key)
    if source.text[source.pos : source.pos + 1] in " =:":
        source.pos += 1
    call.notes.append("key")
    return key, ""


def _glued(header: str, declared: dict[str, Shape]) -> str:
    """The declared key that begins a header in which more follows."""
    fitting = (
        key for key in declared if header.startswith(key) and not header[len(key) : len(key) + 1].isalnum()
    )
    key = max(fitting, key=len, default="")
    return key if header[len(key) : len(key) + 1] not in ("_", "-", ".") else ""


def _run_on(header: str, declared: dict[str, Shape], form: Form) -> str:
    """The declared key that runs on into its value, in a tag that never ends: its closer stands in it."""
    ended = any(closer.removesuffix(">") in header for closer in form.value_closes)
    return max(filter(header.startswith, declared), key=len, default="") if ended else ""
