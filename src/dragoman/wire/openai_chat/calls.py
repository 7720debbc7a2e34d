"""Tool calls out of an engine's chunks: fragments in, whole ordered calls out.

Engines interleave the fragments of parallel calls, repeat names, send arguments late, all at once
or twice. Here one call is open at a time: the next waits until the JSON before it is complete.
"""

import re

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, TextDelta

MARK = re.compile(r'["\\{}\[\]]')


class JsonSpan:
    """Says when the JSON object that it is fed is complete. Looks at each character once."""

    def __init__(self) -> None:
        self.complete = False
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, text: str) -> int:
        """Take more text; return how much of it belongs to the object."""
        position = 0
        if self._escaped and text:
            self._escaped, position = False, 1
        while mark := MARK.search(text, position):
            position = mark.end()
            char = mark.group()
            if self._in_string:
                position += self._inside(char, position, len(text))
            elif char == '"':
                self._in_string = True
            elif char in "{[":
                self._depth += 1
            elif char in "}]":
                self._depth -= 1
                if self._depth == 0:
                    self.complete = True
                    return position
        return len(text)

    def _inside(self, char: str, position: int, length: int) -> int:
        """Take a mark inside a string; return how many characters after it to skip."""
        if char == "\\":
            self._escaped = position == length
            return 0 if self._escaped else 1
        if char == '"':
            self._in_string = False
        return 0


class PendingCall:
    """One call as its fragments come in; `waiting` is what has not been passed on."""

    def __init__(self, index: int, id: str) -> None:
        self.index = index
        self.id = id
        self.name = ""
        self.seen = False
        self.waiting: list[str] = []
        self.span = JsonSpan()

    def add(self, arguments: str) -> None:
        """Take a fragment. What follows a complete object is a repetition and is dropped."""
        if self.span.complete:
            return
        self.waiting.append(arguments[: self.span.feed(arguments)])
        self.seen = True


class CallAssembly:
    """Feed it fragments by index, id and name; close it at the end of the reply."""

    def __init__(self) -> None:
        self.open = False
        """A call has been passed on in part."""
        self._queue: list[PendingCall] = []
        self._latest: dict[int, PendingCall] = {}
        self._by_id: dict[str, int] = {}
        self._by_position: dict[int, int] = {}

    def index_for(self, position: int, id: str) -> int:
        """An index for a fragment that came without: by its id, else by its position in the list."""
        if id:
            self._by_position[position] = self._by_id.setdefault(id, -1 - len(self._by_id))
        return self._by_position.get(position, position)

    def feed(self, index: int, id: str, name: str, arguments: str) -> list[Event]:
        call = self._latest.get(index)
        if call is None or self._is_another(call, id, name):
            call = PendingCall(index, id)
            self._latest[index] = call
            self._queue.append(call)
        call.name = call.name or name
        if arguments:
            call.add(arguments)
        return self._advance()

    def close(self, *, cut: bool) -> list[Event]:
        """The end of the reply. Where it was `cut`, an unfinished call is left so that it cannot
        be run: without its end, or unsaid if nothing of it was passed on."""
        if not self._queue:
            self._latest.clear()
            return []
        if cut:
            begun = self._queue[: int(self.open)]
            self._queue = begun + [call for call in self._queue[len(begun) :] if call.span.complete]
        events = self._advance()
        while self._queue:
            events += self._finish(cut)
            events += self._advance()
        self._latest.clear()
        return events

    @staticmethod
    def _is_another(call: PendingCall, id: str, name: str) -> bool:
        """At one index a new call begins with its name: another one, or after a whole call, or
        with another id. Engines repeat names, and some give each fragment an id of its own."""
        if id and id == call.id:
            return False
        if not name:
            return bool(id and call.id and call.span.complete)
        return bool(call.name and (name != call.name or call.span.complete or (id and call.id)))

    def _advance(self) -> list[Event]:
        events: list[Event] = []
        while self._queue:
            call = self._queue[0]
            if not call.name:
                break
            if not self.open:
                self.open = True
                events.append(CallStarted(call.id, call.name))
            if call.waiting:
                events.append(CallArguments("".join(call.waiting)))
                call.waiting.clear()
            if not call.span.complete:
                break
            events += self._finish()
        return events

    def _finish(self, cut: bool = False) -> list[Event]:
        call = self._queue.pop(0)
        started, self.open = self.open, False
        if not call.name:
            return [TextDelta("".join(call.waiting))] if call.seen else []
        if cut and not call.seen:
            call.waiting.append("{")
        events: list[Event] = [] if started else [CallStarted(call.id, call.name)]
        if call.waiting:
            events.append(CallArguments("".join(call.waiting)))
        return [*events, CallEnded()]
