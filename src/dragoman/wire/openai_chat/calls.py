"""Tool calls out of an engine's chunks: fragments in, whole ordered calls out.

Engines interleave the fragments of parallel calls, repeat names, send arguments late, all at once
or twice. Here one call is open at a time: the next waits until the JSON before it is complete.
"""

import re

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event

MARK = re.compile(r'["\\{}\[\]]')


class JsonSpan:
    """Says when the JSON object that it is fed is complete. Looks at each character once."""

    def __init__(self) -> None:
        self.complete = False
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, text: str) -> None:
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
                self.complete = self.complete or self._depth == 0

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
        self.seen: list[str] = []
        self.waiting: list[str] = []
        self.span = JsonSpan()

    def add(self, arguments: str) -> None:
        """Take a fragment. What follows a complete object is a repetition and is dropped."""
        if self.span.complete:
            return
        self.span.feed(arguments)
        self.seen.append(arguments)
        self.waiting.append(arguments)


class CallAssembly:
    """Feed it fragments by index, id and name; close it at the end of the reply."""

    def __init__(self) -> None:
        self._queue: list[PendingCall] = []
        self._latest: dict[int, PendingCall] = {}
        self._started = False

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

    def close(self) -> list[Event]:
        events = self._advance()
        while self._queue:
            events += self._finish()
            events += self._advance()
        self._latest.clear()
        return events

    @staticmethod
    def _is_another(call: PendingCall, id: str, name: str) -> bool:
        """A new id, or a name after arguments, at the same index is a new call."""
        if id and call.id and id != call.id:
            return True
        return bool(name and call.seen and not id)

    def _advance(self) -> list[Event]:
        events: list[Event] = []
        while self._queue:
            call = self._queue[0]
            if not call.name:
                break
            if not self._started:
                self._started = True
                events.append(CallStarted(call.id, call.name))
            if call.waiting:
                events.append(CallArguments("".join(call.waiting)))
                call.waiting.clear()
            if not call.span.complete:
                break
            events += self._finish()
        return events

    def _finish(self) -> list[Event]:
        call = self._queue.pop(0)
        started, self._started = self._started, False
        if not started and not call.name and not call.seen:
            return []
        events: list[Event] = [] if started else [CallStarted(call.id, call.name)]
        if call.waiting:
            events.append(CallArguments("".join(call.waiting)))
        return [*events, CallEnded()]
