"""The stages that an engine's answer passes: bytes, events, events made right, the client's bytes.

Streamed and whole answers pass the same stages and differ at the two ends only.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from dragoman import sse
from dragoman.journey.reading import LEAK, Reading
from dragoman.journey.tally import Tally
from dragoman.model.errors import DragomanError
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Failed,
    Repaired,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import Part, fold
from dragoman.model.turn import ToolCall
from dragoman.turns.stops import StopWatch
from dragoman.wire import StreamEncoder
from dragoman.wire.openai_chat.answer import StreamDecoder

NewId = Callable[[str], str]
"""Gives a new unique id that begins with the prefix it is asked for."""


SILENT = 8
"""Tokens that a model may make without saying anything, such as markers and white space."""


class Stages:
    """Events in, events made right out; and what was seen of the reply on the way.

    Calls of `search_tool` are the gateway's own: they are kept in `searches` instead of passed on,
    and the engine's words so far in `said`, for the round that follows them.
    """

    def __init__(self, new_id: NewId, search_tool: str = "") -> None:
        self.calls = 0
        self.usage = Usage()
        self.error: DragomanError | None = None
        self.searches: list[ToolCall] = []
        self.tally = Tally()
        self.said = 0
        """Bytes of text and thinking that were passed on."""
        self.silent = True
        """Whether nothing of this round was passed on."""
        self._cut = False
        self.search_tool = search_tool
        self._new_id = new_id
        self._round: list[Event] = []
        self._output_before = 0
        self._capturing: list[Event] = []
        self._stops: StopWatch | None = None
        self._readings: Sequence[Reading] = ()

    def lost(self, exact: bool) -> bool:
        """Whether the engine made tokens that did not come.

        `exact`: it passes all on that it makes, so that a token is a byte at least; else nothing came at all.
        """
        if self._cut or self.calls or self.searches or self.error is not None:
            return False
        return (
            self.usage.output > SILENT + self.said if exact else self.usage.output > SILENT and not self.said
        )

    @property
    def leaked(self) -> bool:
        """Whether all calls stood in the text, unharmed, where the engine's parser should have found them."""
        return bool(self.calls) and self.tally.repairs == {LEAK: self.calls}

    @property
    def over(self) -> bool:
        """Whether nothing that still comes can matter: a failure, or a stop sequence that was met here."""
        return self.error is not None or bool(self._stops and self._stops.met)

    def watch_for(self, sequences: Sequence[str]) -> None:
        """Stop sequences that the engine was not told of."""
        self._stops = StopWatch(sequences) if sequences else None

    def read_with(self, readings: Sequence[Reading]) -> None:
        """Read what comes now by these stages, in order."""
        self._readings = readings

    def close(self) -> list[Event]:
        """The engine broke off: what was held back."""
        rest: list[Event] = []
        for reading in self._readings:
            rest = [made for event in rest for made in reading.feed(event)] + reading.close()
        return self._pass(rest) if rest else []

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """What may go on to the client; nothing after the end."""
        for reading in self._readings:
            made: list[Event] = []
            for event in events:
                made += reading.feed(event)
            events = made
        return self._pass(events)

    def _pass(self, events: Iterable[Event]) -> list[Event]:
        passed: list[Event] = []
        for event in events:
            if self.error is not None:
                break
            if self._stops is None:
                self._take(event, passed)
            elif not self._stops.met or isinstance(event, Used):
                passed += self._watch(self._stops, event)
        if self.search_tool:
            self._round += passed
        if self.silent:
            self.silent = all([isinstance(event, Used) for event in passed])
        return passed

    def restart(self) -> None:
        """Nothing of this round counts: the engine failed and is asked again."""
        self.error = None
        self.usage = replace(self.usage, output=self._output_before)
        self.tally = Tally()
        self._round.clear()
        self._capturing = []
        self.searches.clear()

    def next_round(self) -> tuple[Part, ...]:
        """The engine is asked again: forget this round; returns what was said in it."""
        said = fold(self._round).blocks
        self._round.clear()
        self.searches.clear()
        self._output_before = self.usage.output
        self.silent = True
        return said

    def _watch(self, stops: StopWatch, event: Event) -> list[Event]:
        """The event, with text held back while it may become a stop sequence."""
        passed: list[Event] = []
        if isinstance(event, TextDelta):
            self._take(TextDelta(stops.feed(event.text)), passed)
            if stops.met:
                passed.append(Stopped("stop_sequence", stops.met))
            return passed
        if not isinstance(event, Used) and (held := stops.close()):
            self._take(TextDelta(held), passed)
        self._take(event, passed)
        return passed

    def _take(self, event: Event, passed: list[Event]) -> None:
        if self._capturing and not isinstance(event, Failed):
            self._capture(event)
            return
        if type(event) is TextDelta or type(event) is ThinkingDelta:
            if self.said or not event.text.isspace():
                self.said += len(event.text.encode())
            passed.append(event)
            return
        if type(event) is CallArguments:  # with the two above nearly every event
            passed.append(event)
            return
        match event:
            case Used(usage):
                if self._output_before:
                    usage = replace(usage, output=usage.output + self._output_before)
                self.usage = usage
                passed.append(Used(usage))
            case Stopped():
                self._take_end(event, passed)
            case CallStarted(_, name):
                self._take_start(name, passed)
            case Repaired(kind, tool):
                self.tally.repaired(kind, tool)
            case _:
                self._take_end(event, passed)

    def _take_start(self, name: str, passed: list[Event]) -> None:
        if name and name == self.search_tool:
            self._capturing.append(CallStarted(self._new_id("srvtoolu_"), name))
            return
        self.tally.started(name)
        passed.append(CallStarted(self._new_id("toolu_"), name))

    def _take_end(self, event: Event, passed: list[Event]) -> None:
        match event:
            case Stopped(reason="length"):
                self._cut = True
                self.searches.clear()  # the last of them may be cut, and nothing could follow them
            case Stopped() if self.searches and not self.calls:
                return
            case CallEnded():
                self.calls += 1
                self.tally.ended()
            case Failed(error):
                self.error = error
                return
        passed.append(event)

    def _capture(self, event: Event) -> None:
        self._capturing.append(event)
        if isinstance(event, CallEnded):
            self.searches += fold(self._capturing).calls
            self._capturing = []


class StreamedReply:
    """An engine's stream in, the client's stream out. Feed it until `done`, then close it."""

    def __init__(self, encoder: StreamEncoder, stages: Stages) -> None:
        self.encoder = encoder
        self._stages = stages
        self.restart()

    def restart(self) -> None:
        """The engine answers anew, in the same reply."""
        self._events = sse.Decoder()
        self._decoder = StreamDecoder()

    @property
    def done(self) -> bool:
        """The engine has said all: nothing that still comes can matter."""
        return self._decoder.done or self._stages.over

    @property
    def finished(self) -> bool:
        """The engine has said why it stopped, so that its reply is complete."""
        return self._decoder.finished or self._stages.over

    def feed(self, data: bytes) -> bytes:
        events: list[Event] = []
        for item in self._events.feed(data):
            events += self._decoder.feed(item)
        return self.encoder.feed(self._stages.feed(events)) if events else b""

    def close(self) -> bytes:
        """The end of a complete reply, or of a broken one that still holds a whole call."""
        if self._stages.over:
            return self.encoder.close()
        rest = self._stages.feed(self._decoder.close()) + self._stages.close()
        return self.encoder.feed(rest) + self.encoder.close()
