"""What a client asks and gets, and one file per protocol that says it: a client's half, made for judging.

It shares nothing with `wire`, which is the server's half: a fault there must not hide itself here. A dialect
is a module with NAME, PATH, `headers`, `body`, `whole` and `Stream`.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from dragoman.verify.frames import Frame
from dragoman.verify.outcome import Failed


@dataclass(frozen=True, slots=True)
class Tool:
    """`strict` asks for arguments that the engine's grammar keeps to the schema."""

    name: str
    description: str
    schema: dict[str, Any]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `raw` is its arguments as they came."""

    id: str
    name: str
    raw: str

    def arguments(self) -> dict[str, Any]:
        """Raises Failed for what is no JSON object."""
        try:
            value = msgspec.json.decode(self.raw)
        except msgspec.DecodeError:
            raise Failed(f"the arguments of the call are no JSON: {short(self.raw)}") from None
        if isinstance(value, str):
            raise Failed(f"the arguments of the call are JSON within a string: {short(self.raw)}")
        if not isinstance(value, dict):
            raise Failed(f"the arguments of the call are no object: {short(self.raw)}")
        return value


@dataclass(frozen=True, slots=True)
class Message:
    """`results` are pairs of a call's id and the words that came of it."""

    role: str
    text: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    thinking: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A request in no protocol's words. `choice`: empty, `any`, `none` or `=NAME`; `extra` is sent as is."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    choice: str = ""
    single: bool = False
    system: str = ""
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    thinking: bool | None = None
    stream: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Usage:
    """In tokens, None where nothing was said. `input` has the cached ones in it; `early` is what stood at
    the beginning of the stream."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    early: int | None = None


@dataclass(slots=True)
class Reply:
    """An answer. `stop` is one of `end length tool stop`, or what else was said; `breaches` are the places
    where it breaks its protocol's grammar; `times` are the arrivals of its pieces, since it was asked."""

    id: str = ""
    text: str = ""
    thinking: str = ""
    signature: str | None = None
    calls: list[Call] = field(default_factory=list)
    stop: str = ""
    stop_text: str = ""
    usage: Usage = field(default_factory=Usage)
    breaches: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    head: float = 0.0
    times: list[float] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    """Times between bytes of any kind, the wait for the first among them."""

    def breach(self, what: str) -> None:
        """Note one, once."""
        if what not in self.breaches:
            self.breaches.append(what)


class Reader(Protocol):
    """A stream in the making. `feed` says whether the frame brought something of the answer."""

    reply: Reply

    def feed(self, frame: Frame) -> bool: ...

    def written(self) -> str:
        """The arguments so far of the call that is open, or was the last one."""

    def close(self) -> Reply: ...


class Dialect(Protocol):
    """A protocol from the client's side; its modules are the files of this folder."""

    NAME: str
    TITLE: str
    PATH: str

    def headers(self, key: str) -> dict[str, str]: ...

    def body(self, question: Question, model: str) -> dict[str, Any]: ...

    def whole(self, value: Any) -> Reply: ...

    def Stream(self) -> Reader: ...


def user(text: str) -> tuple[Message, ...]:
    """A conversation of one message."""
    return (Message("user", text),)


def short(text: str, most: int = 120) -> str:
    """Words for people: one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
