"""The value between a parameter's tags: where it ends, and what it comes to.

A value ends only where its closer is followed by what may come next in the family's grammar, so
that a file which holds a closing tag is not cut off. Without a closer it ends before a parameter
that is declared and not yet given, or where the tags round it close at the end of the text.
"""

from collections.abc import Callable
from typing import Any

from dragoman.toolcalls._parts.call import Call
from dragoman.toolcalls._parts.coercion import from_text
from dragoman.toolcalls._parts.schema import TEXT
from dragoman.toolcalls._parts.source import NotACall, Reading, Source, follows
from dragoman.toolcalls._parts.strings import escaped
from dragoman.toolcalls._parts.tags import Form
from dragoman.toolcalls._parts.values import decode

SCALAR_LENGTH = 40
"""A value longer than this is no number, boolean or null."""

ATTRIBUTES = ("string=", "type=")
"""What may stand in a parameter's tag behind its key."""

WRAPPERS = ("arguments", "parameters", "input")
"""Parameters which hold all arguments, unless the tool has one of that name."""

BEGINS = {"integer": "+-.0123456789", "boolean": "tTfF", "null": "nN", "object": "{", "array": "[("}


class Value:
    """The text of one value: streamed where it must be a string, else held and made to fit at its end."""

    def __init__(self, call: Call, key: str, attributes: str) -> None:
        self._call, self._key = call, key
        self._shape = call.shape.of(key)
        self._held: list[str] = []
        self._streams: bool | None = False
        plain = attributes.replace('"', "")
        self._json = "string=false" in plain or ("type=" in plain and "type=string" not in plain)
        self._wraps = key in WRAPPERS and self._shape is None and bool(call.shape.properties)
        if call.takes(key) and not self._json and not self._wraps:
            self._streams = self._may_stream("")
            if self._streams:
                call.open_string(key)

    def take(self, text: str) -> None:
        if self._streams:
            self._call.stream(escaped(text))
            return
        self._held.append(text)
        if self._streams is None:
            self._streams = self._may_stream("".join(self._held))
            if self._streams:
                self._call.open_string(self._key)
                self._call.stream(escaped("".join(self._held)))

    def close(self) -> None:
        if self._streams:
            self._call.close_string()
            return
        text = "".join(self._held)
        found = self._wrapped(text) if self._wraps else None
        if found is None:
            self._call.member(self._key, self._made(text))
        else:
            self._call.notes.append("brace")
            self._call.members(found)

    def _wrapped(self, text: str) -> dict[str, Any] | None:
        """All arguments as the value of one parameter, which the tool does not have."""
        try:
            found = decode(text)
        except NotACall:
            return None
        return found if isinstance(found, dict) else None

    def _made(self, text: str) -> Any:
        if self._json:
            try:
                return decode(text, self._call.notes)
            except NotACall:
                return text
        return from_text(text, self._shape, self._call.notes)

    def _may_stream(self, text: str) -> bool | None:
        """None: only the text can tell."""
        shape = self._shape
        if shape is None:
            return True
        if shape.enum is not None or not shape.allows("string"):
            return False
        if shape.types == TEXT:
            return True
        word = text.lstrip()
        if not word:
            return None if len(text) <= SCALAR_LENGTH else True
        if word[0] in '"' and shape.types is None:
            return False
        kinds = [kind for kind, begins in BEGINS.items() if word[0] in begins and shape.allows(kind)]
        if any(kind in ("object", "array") for kind in kinds):
            return False
        return None if kinds and len(word) <= SCALAR_LENGTH else True


def take_value(
    source: Source, call: Call, form: Form, key: str, sink: Callable[[str], None]
) -> Reading[bool]:
    """The text of a value to its end, whose tag is taken if it is its own. False: the text ends first."""
    scan = form.enders
    yield from _padding(source, form)
    while True:
        text, pos = source.text, source.pos
        match = scan.search(text, pos)
        end = match.start() if match else len(text)
        if end > pos:
            source.pos = end
            sink(text[pos:end])
        if match is None or match[0] not in scan.literals:
            if (yield from source.more()):
                continue
            source.pos = len(text)
            if end < len(text):
                sink(text[end:])
            return False
        literal = match[0].lstrip("\n")
        ends = _ends(source, match.end(), literal, form, call, key)
        if ends:
            own = literal in form.value_closes or literal in form.spoilt
            source.pos = match.end() if own else match.end() - len(literal)
            call.notes.extend([] if literal in form.value_closes else ["closer"])
            return True
        if ends is None:
            yield from source.more()
            continue
        content = match[0].removesuffix("\n")
        source.pos = match.start() + len(content)
        sink(content)


def _padding(source: Source, form: Form) -> Reading[None]:
    """Take the line end that belongs to the opening tag."""
    while form.padded and source.pos == len(source.text) and (yield from source.more()):
        pass
    if form.padded and source.text.startswith("\n", source.pos):
        source.pos += 1


def _ends(source: Source, after: int, literal: str, form: Form, call: Call, key: str) -> bool | None:
    """Whether this tag ends the value; None: not known yet."""
    if literal in form.value_closes:
        if source.cut and not source.text[after:].strip():
            return True
        return follows(source, after, form.after_value(), lines=form.padded)
    if literal in form.spoilt:
        return follows(source, after, form.after_spoilt(), lines=form.padded)
    if literal in form.parameters:
        if form.padded and source.text[source.pos] != "\n":
            return False
        keys = [other for other in call.shape.properties if other != key and call.takes(other)]
        return _declared(source, after, form, keys)
    return follows(source, after, form.after_all(literal), lines=True)


def _declared(source: Source, pos: int, form: Form, keys: list[str]) -> bool | None:
    """Whether one of these keys and the end of its tag stand at `pos`."""
    quotes = ('"', "") if form.quotes else ("",)
    wanted: list[tuple[str, ...]] = [
        (quote + key + quote + end,) for key in keys for quote in quotes for end in form.key_ends
    ]
    if form.quotes:
        wanted += [(f'"{key}"', attribute) for key in keys for attribute in ATTRIBUTES]
    return follows(source, pos, wanted)
