"""What an engine said, read again by our own parser: its raw text, or the calls that it parsed itself.

Stages: events in, events out. Which one is needed follows from the way that tools reach the model.
"""

from typing import Protocol

from msgspec.json import encode

from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Stopped,
    TextDelta,
    ThinkingDelta,
)
from dragoman.model.profile import UNKNOWN, Profile
from dragoman.model.turn import Request
from dragoman.toolcalls import Catalog, Format, Parser, Toolset, hermes_json
from dragoman.wire.openai_chat.calls import JsonSpan


class Reading(Protocol):
    def feed(self, event: Event) -> list[Event]: ...

    def close(self) -> list[Event]:
        """The engine broke off: what was held back, once."""


class TextReading:
    """The model's raw text and thinking, as one text with the family's tags between them."""

    def __init__(self, format: Format, tools: Toolset, starts_in_reasoning: bool | None) -> None:
        self._format, self._tools, self._starts = format, tools, starts_in_reasoning
        self._parser: Parser | None = None
        self._thinks = False

    def feed(self, event: Event) -> list[Event]:
        match event:
            case TextDelta(text) if self._thinks:
                self._thinks = False
                closer = self._format.thinking[0].closes if self._format.thinking else ""
                return self._read(closer + text)
            case TextDelta(text):
                return self._read(text)
            case ThinkingDelta(text):
                if self._parser is None:
                    self._thinks = self._starts = True
                return self._read(text) if self._thinks else [event]
            case Stopped(reason):
                return [*self._end(cut=reason == "length"), event]
        return [event]

    def close(self) -> list[Event]:
        return self._end(cut=True)

    def _read(self, text: str) -> list[Event]:
        if self._parser is None:
            self._parser = Parser(self._format, self._tools, self._starts)
        return self._parser.feed(text)

    def _end(self, cut: bool) -> list[Event]:
        return self._parser.close(cut) if self._parser is not None else []


class CallReading:
    """Calls that the engine parsed, written out and read again by the tools' own schemas; all else passes."""

    def __init__(self, tools: Toolset) -> None:
        self._tools = tools
        self._parser: Parser | None = None
        self._id = ""
        self._span = JsonSpan()
        self._ended = False
        self._empty = True

    def feed(self, event: Event) -> list[Event]:
        before: list[Event] = []
        if self._ended:
            before = self._finish(cut=isinstance(event, Stopped) and event.reason == "length")
        match event:
            case CallStarted(id, name):
                self._parser, self._id = (
                    Parser(hermes_json.FORMAT, self._tools, starts_in_reasoning=False),
                    id,
                )
                self._span, self._ended, self._empty = JsonSpan(), False, True
                called = encode(name).decode()
                return [*before, *self._read(f'<tool_call>\n{{"name": {called}, "arguments": ')]
            case CallArguments(text) if self._parser is not None:
                self._empty = self._empty and not text.strip()
                self._span.feed(text)
                return self._read(text)
            case CallEnded() if self._parser is not None:
                # A call that is not whole waits for the reason of its end: a cut one is never closed.
                self._ended = True
                if self._empty:
                    self._span.feed("{}")
                    self._read("{}")
                return self._finish(cut=False) if self._span.complete else []
        return [*before, event]

    def close(self) -> list[Event]:
        return self._finish(cut=True) if self._parser is not None else []

    def _finish(self, cut: bool) -> list[Event]:
        parser, self._ended = self._parser, False
        if parser is None:
            return []
        last = [] if cut or not self._span.complete else self._read("}\n</tool_call>")
        self._parser = None
        return [*last, *map(self._named, parser.close(cut))]

    def _read(self, text: str) -> list[Event]:
        return [] if self._parser is None else [self._named(event) for event in self._parser.feed(text)]

    def _named(self, event: Event) -> Event:
        return CallStarted(self._id, event.name) if isinstance(event, CallStarted) else event


class ThoughtAsText:
    """A family that never thinks: what its engine takes for thinking is the answer itself."""

    def feed(self, event: Event) -> list[Event]:
        return [TextDelta(event.text)] if isinstance(event, ThinkingDelta) else [event]

    def close(self) -> list[Event]:
        return []


def readings(
    mode: Mode, request: Request, facts: EngineFacts, profile: Profile, catalog: Catalog, tools: Toolset
) -> list[Reading]:
    """The stages for one reply, in order."""
    stages: list[Reading] = []
    if profile is not UNKNOWN and profile.thinking == "never":
        stages.append(ThoughtAsText())
    if not request.tools:
        return stages
    if mode == "native":
        stages.append(CallReading(tools))
        return stages
    split = facts.reasons is True and mode != "completion"
    starts = False if split else starts_in_reasoning(request, profile)
    stages.append(TextReading(catalog.auto(profile.tool_format), tools, starts))
    return stages


def starts_in_reasoning(request: Request, profile: Profile) -> bool | None:
    """Whether the prompt ends inside an open thinking tag; None where nobody knows."""
    if profile is UNKNOWN:
        return None
    if profile.thinking == "never" or not profile.opened_by_prompt:
        return False
    return True if profile.thinking == "always" else request.reasoning.enabled
