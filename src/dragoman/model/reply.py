"""A whole reply: the fold of its events, so that streamed and whole replies cannot differ."""

from collections.abc import Iterable

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Failed,
    Rethought,
    SearchEnded,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.search import Found
from dragoman.model.turn import Text, Thinking, ToolCall

OBJECT = Decoder(dict[str, Raw])
END, NO_USAGE = Stopped("end"), Usage()


class ReplyHead(Struct, frozen=True):
    """What a reply says of itself first: `created` is in Unix seconds, `input_tokens` an estimate."""

    id: str
    model: str
    created: int
    input_tokens: int
    usage_scale: float = 1.0


class WebSearch(Struct, frozen=True):
    """A search of the gateway's own in the middle of a reply, and what it found."""

    id: str
    query: str
    found: tuple[Found, ...] = ()
    error: str = ""


Part = Text | Thinking | ToolCall | WebSearch


class Reply(Struct, frozen=True):
    blocks: tuple[Part, ...]
    stopped: Stopped
    usage: Usage

    @property
    def spoken(self) -> tuple[Text | Thinking | ToolCall, ...]:
        """What the model itself said, without the gateway's searches."""
        return tuple(block for block in self.blocks if not isinstance(block, WebSearch))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple([block for block in self.blocks if isinstance(block, ToolCall)])


class Fold:
    """Feed it events; `reply()` is what they come to. A `Failed` event raises its error."""

    def __init__(self) -> None:
        self._blocks: list[Part] = []
        self._open: type[Text] | type[Thinking] | CallStarted | None = None
        self._pieces: list[str] = []
        self._stopped, self._usage = END, NO_USAGE

    def feed(self, event: Event) -> None:
        match event:
            case TextDelta(text):
                self._add(Text, text)
            case Stopped():
                self._stopped = event
            case Used(usage):
                self._usage = usage
            case ThinkingDelta(text):
                self._add(Thinking, text)
            case CallStarted():
                self._close_block()
                self._open = event
            case CallArguments(text):
                self._pieces.append(text)
            case CallEnded():
                self._close_block()
            case Rethought() | SearchEnded():
                self._close_block()
                self._take_block(event)
            case Failed(error):
                raise error

    def reply(self) -> Reply:
        self._close_block()
        return Reply(tuple(self._blocks), self._stopped, self._usage)

    def _take_block(self, event: Rethought | SearchEnded) -> None:
        if isinstance(event, SearchEnded):
            self._blocks.append(WebSearch(event.id, event.query, event.found, event.error))
        else:
            self._blocks = [Thinking(b.text) if isinstance(b, Text) else b for b in self._blocks]

    def _add(self, kind: type[Text] | type[Thinking], text: str) -> None:
        if not text:
            return
        if self._open is not kind:
            self._close_block()
            self._open = kind
        self._pieces.append(text)

    def _close_block(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        opened, self._open = self._open, None
        if isinstance(opened, CallStarted):
            self._blocks.append(ToolCall(opened.id, opened.name, text))
        elif opened is not None and text:
            self._blocks.append(opened(text))


def fold(events: Iterable[Event]) -> Reply:
    """The reply that these events come to; raises the error of a `Failed` event."""
    folding = Fold()
    for event in events:
        folding.feed(event)
    return folding.reply()


def stop_reason(stopped: Stopped, calls: int) -> StopReason:
    """Why a reply ended, from what was in it: `length` first, since a cut call must not be run;
    then `tool` if and only if there are calls, whatever the engine says."""
    if stopped.reason in ("length", "refusal"):
        return stopped.reason
    if calls:
        return "tool"
    return "end" if stopped.reason == "tool" else stopped.reason


def is_object(text: str) -> bool:
    """Whether `text` is JSON of an object, so that a client can take it as a call's arguments."""
    try:
        OBJECT.decode(text)
    except (ValueError, RecursionError):
        return False
    return True
