"""What an engine said, read again by our own parser: its raw text, or the calls that it parsed itself.

Stages: events in, events out. Which ones are needed follows from the way that tools reach the model.
"""

from typing import Protocol

from msgspec.json import encode

from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Repaired,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Used,
)
from dragoman.model.profile import UNKNOWN, Profile
from dragoman.model.turn import Request
from dragoman.toolcalls import Catalog, Format, Parser, Toolset, hermes_json
from dragoman.wire.openai_chat.calls import JsonSpan

LEAK = "leak"
"""The kind of repair by which a call is counted that the engine's own parser left in the text."""

NO_TOOLS = Toolset({})

OF_CALLS = frozenset({CallStarted, CallArguments, CallEnded})


class Reading(Protocol):
    def feed(self, event: Event) -> list[Event]: ...

    def close(self) -> list[Event]:
        """The engine broke off: what was held back, once."""


class TextReading:
    """The model's raw text and thinking, as one text with the family's tags between them.

    Calls that the engine parsed itself pass through at their place; where there should be such, `leaks`
    counts those that are found in the text.
    """

    def __init__(
        self, format: Format, tools: Toolset, starts_in_reasoning: bool | None, leaks: bool = False
    ) -> None:
        self._format, self._tools, self._starts = format, tools, starts_in_reasoning
        self._leaks = leaks
        self._parser: Parser | None = None
        self._thinks = False

    def feed(self, event: Event) -> list[Event]:
        if type(event) is TextDelta:  # nearly every event; a class pattern takes three times as long
            return self._read(self._end_of_thinking() + event.text if self._thinks else event.text)
        if type(event) is CallArguments or type(event) is Used:
            return [event]
        match event:
            case Stopped(reason):
                return [*self._end(cut=reason == "length"), event]
            case ThinkingDelta(text):
                if self._parser is None:
                    self._thinks = self._starts = True
                return self._read(text) if self._thinks else [event]
            case CallStarted():
                return [*self._interrupt(), event]
        return [event]

    def close(self) -> list[Event]:
        return self._end(cut=True)

    def _end_of_thinking(self) -> str:
        self._thinks = False
        return self._format.thinking[0].closes if self._format.thinking else ""

    def _read(self, text: str) -> list[Event]:
        if self._parser is None:
            self._parser = Parser(self._format, self._tools, self._starts)
        return self._counted(self._parser.feed(text))

    def _interrupt(self) -> list[Event]:
        """A call of the engine's: the text before it ends here, and what follows it begins anew."""
        before = self._end(cut=False)
        self._parser, self._thinks, self._starts = None, False, False
        return before

    def _end(self, cut: bool) -> list[Event]:
        return self._counted(self._parser.close(cut)) if self._parser is not None else []

    def _counted(self, events: list[Event]) -> list[Event]:
        if not self._leaks:
            return events
        return events + [Repaired(LEAK) for event in events if type(event) is CallStarted]


class CallReading:
    """Calls that the engine parsed, written out and read again by the tools' own schemas; all else passes."""

    def __init__(self, tools: Toolset) -> None:
        self._tools = tools
        self._parser: Parser | None = None
        self._id = ""
        self._span: JsonSpan
        self._empty = True
        self._held: list[Event] | None = None

    def feed(self, event: Event) -> list[Event]:
        if self._held is not None:
            return self._wait(self._held, event)
        if type(event) not in OF_CALLS:
            return [event]
        match event:
            case CallStarted(id, name):
                self._parser = Parser(hermes_json.FORMAT, self._tools, starts_in_reasoning=False)
                self._id, self._span, self._empty = id, JsonSpan(), True
                called = encode(name).decode()
                return self._read(f'<tool_call>\n{{"name": {called}, "arguments": ')
            case CallArguments(text) if self._parser is not None:
                self._empty = self._empty and not text.strip()
                self._span.feed(text)
                return self._read(text)
            case CallEnded() if self._parser is not None:
                return self._ended()
        return [event]

    def close(self) -> list[Event]:
        return self._finish(cut=True)

    def _ended(self) -> list[Event]:
        if self._empty:
            self._span.feed("{}")
            self._read("{}")
        if self._span.complete:
            return self._finish(cut=False)
        # A call that is not whole waits for the reason of the reply's end: a cut one is never closed.
        self._held = []
        return []

    def _wait(self, held: list[Event], event: Event) -> list[Event]:
        """Engines say at their end which calls were not whole, so that little is held here."""
        if not isinstance(event, Stopped):
            held.append(event)
            return []
        return [*self._finish(cut=event.reason == "length"), *self.feed(event)]

    def _finish(self, cut: bool) -> list[Event]:
        parser, self._parser = self._parser, None
        held, self._held = self._held or [], None
        made: list[Event] = []
        if parser is not None:
            whole = self._span.complete and not cut
            last = [*(parser.feed("}\n</tool_call>") if whole else []), *parser.close(cut)]
            made += map(self._named, last)
        for event in held:
            made += self.feed(event)
        return made

    def _read(self, text: str) -> list[Event]:
        return [] if self._parser is None else [self._named(event) for event in self._parser.feed(text)]

    def _named(self, event: Event) -> Event:
        return CallStarted(self._id, event.name) if isinstance(event, CallStarted) else event


class CallsAsText:
    """Calls that an engine made although the client had forbidden them are text."""

    def __init__(self) -> None:
        self._open = False
        self._name = ""

    def feed(self, event: Event) -> list[Event]:
        match event:
            case CallStarted(_, name):
                self._open, self._name = True, name
                called = encode(name).decode()
                return [TextDelta(f'<tool_call>\n{{"name": {called}, "arguments": ')]
            case CallArguments(text):
                return [TextDelta(text)] if text else []
            case CallEnded():
                return self.close()
        return [event]

    def close(self) -> list[Event]:
        was, self._open = self._open, False
        return [TextDelta("}\n</tool_call>"), Repaired("text", self._name)] if was else []


class OneCall:
    """A client that wants one call at a time gets the first one."""

    def __init__(self) -> None:
        self._calls = 0
        self._inside = False
        self._name = ""

    def feed(self, event: Event) -> list[Event]:
        match event:
            case CallStarted(_, name):
                self._calls += 1
                self._inside, self._name = True, name
            case CallEnded():
                self._inside = False
                return [event] if self._calls == 1 else [Repaired("parallel", self._name)]
        return [] if self._inside and self._calls > 1 else [event]

    def close(self) -> list[Event]:
        return []


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
    allowed = bool(request.tools) and request.tool_choice.mode != "none"
    if request.tools and mode == "native":
        stages.append(CallReading(tools) if allowed else CallsAsText())
    if request.tools or leaves_thinking(facts, profile):
        format, starts = catalog.auto(profile.tool_format), starts_thinking(mode, request, facts, profile)
        leaks = mode == "native" and facts.parses is True
        stages.append(TextReading(format, tools if allowed else NO_TOOLS, starts, leaks))
    if allowed and not request.tool_choice.parallel:
        stages.append(OneCall())
    return stages


def leaves_thinking(facts: EngineFacts, profile: Profile) -> bool:
    """Whether thinking stands in the text with its tags."""
    return facts.reasons is False and profile is not UNKNOWN and profile.thinking != "never"


def starts_thinking(mode: Mode, request: Request, facts: EngineFacts, profile: Profile) -> bool | None:
    """Whether the text that comes begins inside of thinking; None where nobody knows."""
    if mode != "completion" and (facts.reasons or (facts.reasons is None and mode == "native")):
        return False
    return starts_in_reasoning(request, profile)


def starts_in_reasoning(request: Request, profile: Profile) -> bool | None:
    """Whether the prompt ends inside an open thinking tag; None where nobody knows."""
    if profile is UNKNOWN:
        return None
    if profile.thinking == "never" or not profile.opened_by_prompt:
        return False
    return True if profile.thinking == "always" else request.reasoning.enabled
