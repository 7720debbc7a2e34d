"""A call while it is read, and what a format's reader works with.

Nothing of a call is sent before the first of its arguments can go out, so that a call which
turns out to be none is still text. What was sent is final; it is only ever extended.
"""

from collections.abc import Mapping
from typing import Any

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, Repaired
from dragoman.toolcalls._parts.coercion import NOTHING, member
from dragoman.toolcalls._parts.json_text import render
from dragoman.toolcalls._parts.naming import Toolset
from dragoman.toolcalls._parts.schema import ANY, Shape
from dragoman.toolcalls._parts.source import NotACall, Source
from dragoman.toolcalls._parts.strings import escaped


class Call:
    """One call: name it, give it members, finish it. `given` are the properties that are complete."""

    def __init__(self, source: Source, tools: Toolset, out: list[Event], strict: bool) -> None:
        self.name: str | None = None
        self.id = ""
        self.shape: Shape = ANY
        self.given: set[str] = set()
        self.notes: list[str] = []
        self.sent = self.tried = False
        self.strict = strict
        self._source, self._tools, self._out = source, tools, out
        self._pending: list[str] = []
        self._members = 0
        self._string: str | None = None

    def begin(self, name: str, id: str = "") -> None:
        """Raises NotACall where there is no name, or where only tools on offer count and it is none."""
        meant = self._tools.meant(name)
        if not meant or (self.strict and not self._tools.offers(meant)):
            raise NotACall
        if meant != name.strip():
            self.notes.append("name")
        self.name, self.shape = meant, self._tools.shape(meant)
        self.id = id or self.id

    def takes(self, key: str) -> bool:
        """Whether a member of this key counts: it may be there, and of duplicates the first wins."""
        return key not in self.given and key != self._string and self.shape.knows(key)

    def member(self, key: str, value: Any) -> None:
        """A whole value, made to fit the schema and released."""
        if not self.takes(key):
            self.notes.append("duplicate" if self.shape.knows(key) else "unknown")
            return
        self.given.add(key)
        shape = self.shape.of(key)
        if shape is not None:
            value = member(value, shape, key in self.shape.required, self.notes)
        if value is not NOTHING:
            self._key(key)
            self._pending.append(render(value))
            self._release()

    def members(self, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            self.member(key, value)

    def open_string(self, key: str) -> None:
        """A string begins whose text comes by `stream`, as JSON."""
        self._key(key)
        self._pending.append('"')
        self._string = key

    def stream(self, text: str) -> None:
        self._pending.append(text)
        self._release()

    def close_string(self) -> None:
        self._pending.append('"')
        if self._string is not None:
            self.given.add(self._string)
        self._string = None
        self._release()

    @property
    def complete(self) -> bool:
        """Whether every required property is there, so that the call may be closed where its text ends."""
        return self.name is not None and self.shape.required <= self.given

    def finish(self) -> None:
        if self._string is not None:
            self._pending.append('"')
        self._pending.append("}" if self._members else "{}")
        self._release()
        self._end()

    def leave_open(self, raw: str = "") -> None:
        """End the call with its JSON left as it is, so that nobody can run it."""
        if raw:
            self._out.append(CallArguments(raw))
        self._end()

    def _key(self, key: str) -> None:
        self._pending.append(("{" if not self._members else ", ") + f'"{escaped(key)}": ')
        self._members += 1

    def _release(self) -> None:
        if not self.sent:
            self.sent = True
            self._out.append(CallStarted(self.id, self.name or ""))
        self._out.append(CallArguments("".join(self._pending)))
        self._pending.clear()
        self._source.mark()

    def _end(self) -> None:
        self._out.extend(Repaired(kind) for kind in dict.fromkeys(self.notes))
        self._out.append(CallEnded())


class Calls:
    """What a format's reader works with: the text, the tools, the calls. `mode` is its word to the parser.

    `strict`: only a call of a tool on offer is one, since the text that began it may be mere text.
    `refused`: a bare JSON object looked like a call and was none, so that others here are no calls either.
    """

    def __init__(self, source: Source, tools: Toolset, out: list[Event]) -> None:
        self.source, self.tools, self.out = source, tools, out
        self.strict = False
        self.current: Call | None = None
        self.made = 0
        self.notes: list[str] = []
        self.mode: str | None = None
        self.refused = False

    def new(self, strict: bool = False) -> Call:
        self.current = Call(self.source, self.tools, self.out, strict or self.strict)
        self.current.notes.extend(self.notes)
        self.notes.clear()
        return self.current

    def finish(self) -> None:
        """End the current call."""
        if self.current is not None:
            self.current.finish()
        self.made += 1
        self.current = None
        self.source.mark()
