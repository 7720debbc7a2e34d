"""Calls as JSON: `{"name": …, "arguments": {…}}`, one, several or a list; and arguments alone.

The keys may come in any order and under their other names, arguments also as a JSON-encoded
string. Strings among the arguments stream, once the name is known.
"""

from typing import Any

from dragoman.toolcalls._parts.call import Call, Calls
from dragoman.toolcalls._parts.schema import ANY, Shape
from dragoman.toolcalls._parts.source import NotACall, Reading, stands
from dragoman.toolcalls._parts.strings import Place, read_raw, read_string
from dragoman.toolcalls._parts.values import Dialect, Unfinished, decode

NAME_KEYS = frozenset({"name", "tool_name", "function", "tool", "function_name"})
ARGUMENT_KEYS = frozenset(
    {
        "arguments",
        "parameters",
        "args",
        "input",
        "kwargs",
        "params",
        "tool_input",
        "tool_args",
        "action_input",
    }
)
WRAPPERS = frozenset({"function", "function_call", "tool_call"})
ID_KEYS = frozenset({"id", "tool_call_id", "call_id"})
KNOWN_KEYS = NAME_KEYS | ARGUMENT_KEYS | ID_KEYS | WRAPPERS | {"type"}


def streams(shape: Shape | None) -> bool:
    """Whether a string for this property can go out as it comes."""
    return shape is None or (shape.enum is None and shape.allows("string"))


def read_members(calls: Calls, call: Call, dialect: Dialect) -> Reading[None]:
    """The members of an arguments object whose `{` was taken, to its `}`; the call is not finished."""
    source = calls.source
    while True:
        char = yield from source.token()
        while char == ",":
            source.pos += 1
            char = yield from source.token()
        if char == "}":
            source.pos += 1
            return
        if not char:
            raise Unfinished
        if char == "{" and not call.given:
            source.pos += 1
            call.notes.append("brace")
            continue
        if (yield from dialect.closed(source)):
            if not call.complete:
                raise NotACall
            call.notes.append("brace")
            return
        key = yield from dialect.key(source, call.notes)
        yield from _colon(calls)
        yield from read_member(calls, call, dialect, key)


def read_member(calls: Calls, call: Call, dialect: Dialect, key: str, kind: str = "member") -> Reading[None]:
    source, shape = calls.source, call.shape.of(key)
    place = Place(kind, call.shape.properties, dialect.follows_string)
    if dialect.raw_quote and streams(shape) and (yield from source.glance()) not in dialect.begins:
        call.member(key, (yield from dialect.bare(source, place, nested=False)))
        return
    if not (yield from source.token()):
        raise Unfinished
    quote = yield from dialect.opening(source)
    if not quote or not streams(shape) or not call.takes(key):
        value = yield from dialect.value(source, place, shape or ANY, call.notes)
        call.member(key, value)
        return
    source.pos += len(quote)
    call.open_string(key)
    if quote == dialect.raw_quote:
        ended = yield from read_raw(source, quote, call.stream, dialect.closers, dialect.after)
    else:
        if quote != '"':
            call.notes.append("quote")
        ended = yield from read_string(source, quote, place, call.stream, call.notes)
    if not ended:
        raise Unfinished
    yield from dialect.take_stray(source, quote)
    call.close_string()


def read_arguments(calls: Calls, call: Call, dialect: Dialect) -> Reading[None]:
    """The value of `arguments`: an object, or a string that holds one."""
    source = calls.source
    char = yield from source.peek()
    if char == "{":
        source.pos += 1
        yield from read_members(calls, call, dialect)
        return
    if not char:
        raise Unfinished
    if char == "}" or (yield from dialect.closed(source)):
        return
    value = yield from dialect.value(source, Place("member", (), dialect.closers), ANY, call.notes)
    call.members(as_object(value, call.notes))


def as_object(value: Any, notes: list[str]) -> dict[str, Any]:
    """Arguments as an object. Raises NotACall where they are none."""
    for _ in range(2):
        if isinstance(value, str):
            notes.append("type")
            value = decode(value, notes) if value.strip() else {}
    if value is None or value == []:
        notes.append("type")
        value = {}
    if isinstance(value, list) and len(value) == 1:
        notes.append("type")
        value = value[0]
    if not isinstance(value, dict):
        raise NotACall
    return value


class Envelope:
    """Reads one call as an object; `{` stands at the source's position."""

    def __init__(self, calls: Calls, dialect: Dialect, strict: bool) -> None:
        self._calls, self._dialect = calls, dialect
        self._call = calls.new(strict)
        self._early: Any = None
        self._others: dict[str, Any] = {}
        self._has_arguments = False

    def read(self) -> Reading[None]:
        yield from self._object()
        call = self._call
        if call.name is None:
            raise NotACall
        if self._early is not None:
            call.members(as_object(self._early, call.notes))
        elif self._others and self._others.keys() <= call.shape.properties.keys():
            call.notes.append("brace")
            call.members(self._others)
        elif not self._has_arguments and call.shape.required:
            raise NotACall
        self._calls.finish()

    def _object(self) -> Reading[None]:
        source, notes = self._calls.source, self._call.notes
        source.pos += 1
        if (yield from source.token()) == "{" and not self._call.strict:
            notes.append("brace")
            source.pos += 1
        while True:
            char = yield from source.token()
            while char == ",":
                source.pos += 1
                char = yield from source.token()
            if char == "}":
                source.pos += 1
                return
            if not char or (yield from self._dialect.closed(source)):
                if not self._has_arguments or self._call.name is None:
                    raise NotACall if char else Unfinished
                notes.append("brace")
                return
            if char in "{[<]" and self._has_arguments and self._call.name is not None:
                notes.append("brace")
                return
            key = yield from self._dialect.key(source, notes)
            yield from _colon(self._calls)
            yield from self._take(key)

    def _take(self, key: str) -> Reading[None]:
        call, source = self._call, self._calls.source
        own, key = key, key if key in KNOWN_KEYS else key.lower()
        call.tried = call.tried or key in NAME_KEYS or key in ARGUMENT_KEYS
        if call.strict and call.name is None and key not in KNOWN_KEYS:
            # Mere JSON: it shall not wait for its end.
            raise NotACall
        char = yield from source.token()
        if key in WRAPPERS and char == "{" and call.name is None:
            yield from self._object()
        elif char == "{" and call.name is None and own in self._calls.tools.shapes and not call.strict:
            self._has_arguments = True
            call.notes.append("order")
            call.begin(own)
            yield from read_arguments(self._calls, call, self._dialect)
        elif key in NAME_KEYS and call.name is None:
            name = yield from self._value()
            if not isinstance(name, str):
                raise NotACall
            call.begin(name)
        elif key in ARGUMENT_KEYS and not self._has_arguments:
            self._has_arguments = True
            if call.name is None:
                self._early = yield from self._value()
                call.notes.append("order")
            else:
                yield from read_arguments(self._calls, call, self._dialect)
        elif key in ID_KEYS and not self._others:
            value = yield from self._value()
            call.id = value if isinstance(value, str) else ""
        else:
            value = yield from self._value()
            if key != "type":
                self._others.setdefault(own, value)

    def _value(self) -> Reading[Any]:
        place = Place("member", (), self._dialect.closers)
        return (yield from self._dialect.value(self._calls.source, place, ANY, self._call.notes))


def read_calls(calls: Calls, dialect: Dialect, strict: bool = False, listed: bool = False) -> Reading[None]:
    """One call, several, or a list of them, from here on; takes stray brackets, never other text.

    `listed`: the bracket of the list was taken already.
    """
    source, made = calls.source, calls.made
    while True:
        char = yield from source.glance()
        if char == "{":
            yield from source.peek()
            yield from Envelope(calls, dialect, strict).read()
        elif char == "[" and calls.made == made and not listed:
            yield from source.peek()
            source.pos += 1
            listed = True
        elif char and char in "]}" and (listed or calls.made > made):
            yield from source.peek()
            source.pos += 1
            listed = listed and char != "]"
        elif char and char in ",;" and calls.made > made and (yield from stands(calls.source, [(char, "{")])):
            yield from source.peek()
            source.pos += 1
        elif calls.made == made and not (listed and not char):
            raise NotACall if char else Unfinished
        else:
            return


def _colon(calls: Calls) -> Reading[None]:
    source = calls.source
    char = yield from source.peek()
    if char not in (":", "="):
        raise NotACall if char else Unfinished
    source.pos += 1
