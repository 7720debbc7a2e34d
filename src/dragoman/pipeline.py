"""The stages that an engine's answer passes: bytes, events, events made right, the client's bytes.

Streamed and whole answers pass the same stages and differ at the two ends only.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from dragoman import sse
from dragoman.model.errors import DragomanError
from dragoman.model.events import CallEnded, CallStarted, Event, Failed, Usage, Used
from dragoman.model.reply import Reply, fold
from dragoman.turns.repair import settle
from dragoman.wire import StreamEncoder
from dragoman.wire.openai_chat.answer import StreamDecoder, decode_answer

NewId = Callable[[str], str]
"""Gives a new unique id that begins with the prefix it is asked for."""


class Stages:
    """Events in, events made right out; and what was seen of the reply on the way."""

    def __init__(self, new_id: NewId) -> None:
        self.calls = 0
        self.usage = Usage()
        self.error: DragomanError | None = None
        self._new_id = new_id

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """What may go on to the client; nothing after a failure."""
        passed: list[Event] = []
        for event in events:
            match event:
                case CallStarted():
                    passed.append(replace(event, id=self._new_id("toolu_")))
                    continue
                case CallEnded():
                    self.calls += 1
                case Used(usage):
                    self.usage = usage
                case Failed(error):
                    self.error = error
            if self.error is not None:
                break
            passed.append(event)
        return passed


class StreamedReply:
    """An engine's stream in, the client's stream out. Feed it until `done`, then close it."""

    def __init__(self, encoder: StreamEncoder, stages: Stages) -> None:
        self.encoder = encoder
        self._stages = stages
        self._events = sse.Decoder()
        self._decoder = StreamDecoder()

    @property
    def done(self) -> bool:
        """The engine has said all: nothing that still comes can matter."""
        return self._decoder.done or self._stages.error is not None

    @property
    def finished(self) -> bool:
        """The engine has said why it stopped, so that its reply is complete."""
        return self._decoder.finished

    def feed(self, data: bytes) -> bytes:
        decode = self._decoder.feed
        events = [event for item in self._events.feed(data) for event in decode(item)]
        return self.encoder.feed(self._stages.feed(events)) if events else b""

    def close(self) -> bytes:
        """The end of a complete reply, or of a broken one that still holds a whole call."""
        rest = [] if self._stages.error is not None else self._decoder.close()
        return self.encoder.feed(self._stages.feed(rest)) + self.encoder.close()


def whole_reply(body: bytes, stages: Stages) -> Reply:
    """A whole answer, through the same stages. Raises the error that the answer comes to."""
    events = stages.feed(decode_answer(body))
    if stages.error is not None:
        raise stages.error
    return settle(fold(events))
