"""The client's side of an exchange: the head, the stream kept alive, the whole reply, the error.

Each method returns effects. When the answer is over, `ending` says how; when it is `searching`, the
engine waits for what its searches find; when it `wants_again`, the engine is to be asked anew.
"""

from collections.abc import Mapping, Sequence

from dragoman.journey.pipeline import NewId, Stages, StreamedReply
from dragoman.model.effects import Effect, Ending, Open, Send
from dragoman.model.errors import BadAnswer, DragomanError
from dragoman.model.events import Event
from dragoman.model.reply import Part, ReplyHead, fold
from dragoman.model.turn import Request
from dragoman.turns.repair import settle
from dragoman.wire import ClientWire
from dragoman.wire.openai_chat.answer import decode_answer
from dragoman.wire.openai_chat.upstream import MAX_STOP

PING = 10.0
"""The longest gap, in seconds, without bytes while the engine's connection lives."""
PULSE = 100.0
"""The longest gap, in seconds, without an event that resets a client's own timers."""
NO_MORE: Mapping[str, str] = {}


class Answering:
    """One client's answer in one protocol. `opened` once its head is made."""

    def __init__(self, wire: ClientWire, new_id: NewId, request_id: str) -> None:
        self.stages = Stages(new_id)
        self.ending: Ending | None = None
        self.status = 200
        self.error = ""
        self.first_token: float | None = None
        self._wire = wire
        self._request_id = request_id
        self.searching = False
        self.may_again = self.wants_again = False
        """Whether a failure before anything was said may be gone round, and that there was one."""
        self._reply: StreamedReply | None = None
        self._whole: list[Event] = []
        self._head: ReplyHead
        self._request: Request | None = None
        self._sent_at = self._event_at = 0.0

    def search_with(self, tool: str) -> None:
        """Calls of this tool are the gateway's own."""
        self.stages.search_tool = tool

    @property
    def opened(self) -> bool:
        return self._request is not None

    @property
    def streaming(self) -> bool:
        """Whether a streamed reply's head is out."""
        return self._reply is not None

    @property
    def next_tick(self) -> float:
        """When keep_alive must be called next."""
        return min(self._sent_at + PING, self._event_at + PULSE)

    def open(self, head: ReplyHead, request: Request, now: float) -> list[Effect]:
        """The head of the reply; of a streamed one also what stands before its first event. A whole
        reply's head goes out at its end."""
        self._head, self._request = head, request
        self.stages.watch_for(request.stop[MAX_STOP:])
        if not request.stream:
            return []
        self._reply = StreamedReply(self._wire.StreamEncoder(head, request), self.stages)
        self._sent_at = self._event_at = now
        headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        return [Open(200, headers), Send(self._reply.encoder.open())]

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """The next bytes of the engine's stream."""
        reply = self._reply
        if reply is None or self.ending is not None:
            return []
        effects: list[Effect] = []
        if out := reply.feed(data):
            self._sent_at = self._event_at = now
            self.first_token = self.first_token or now
            effects.append(Send(out))
        return effects + self.finish_stream() if reply.done else effects

    def keep_alive(self, now: float) -> list[Effect]:
        """A no-op event or a ping, where the silence has lasted long enough."""
        if self._reply is None:
            return []
        if now - self._event_at >= PULSE:
            self._event_at = self._sent_at = now
            return [Send(self._reply.encoder.pulse())]
        if now - self._sent_at >= PING:
            self._sent_at = now
            return [Send(self._reply.encoder.ping())]
        return []

    def finish_stream(self, error: str = "it ended without a reason") -> list[Effect]:
        """The engine's stream is over: a complete reply, a break after a whole call, or a failure."""
        reply = self._reply
        if reply is None or self.ending is not None:
            return []
        if reply.finished and self.stages.error is None:
            return self._end_round([])
        failure = self.stages.error or BadAnswer(f"the engine broke off its answer: {error}")
        if not self.stages.calls:
            return self.broken(failure)
        self.ending, self.error = "repaired_break", failure.message
        return [Send(reply.close())]

    def whole(self, body: bytes, now: float) -> list[Effect]:
        """The engine's whole answer."""
        self.first_token = self.first_token or now
        events = self.stages.feed(decode_answer(body)) + self.stages.close()
        if self.stages.error is not None:
            return self.broken(self.stages.error)
        return self._end_round(events)

    def broken(self, error: DragomanError) -> list[Effect]:
        """The engine failed in mid-reply. What the client saw nothing of can be asked for once more."""
        if not self.may_again or not self.stages.silent:
            return self.fail(error)
        self.may_again, self.wants_again = False, True
        return []

    def anew(self) -> None:
        """The engine will be asked again; what it said in this round is forgotten."""
        self.wants_again = False
        self.stages.restart()
        if self._reply is not None:
            self._reply.restart()

    def say(self, events: Sequence[Event]) -> list[Effect]:
        """Events of the gateway's own, at this place of the reply."""
        if self._reply is not None:
            return [Send(self._reply.encoder.feed(events))]
        self._whole += events
        return []

    def next_round(self) -> tuple[Part, ...]:
        """The engine will be asked again; returns what it said in this round."""
        if self._reply is not None:
            self._reply.restart()
        self.searching = False
        return self.stages.next_round()

    def finish(self) -> list[Effect]:
        """The end of a complete reply."""
        self.ending = "complete"
        if self._reply is not None:
            return [Send(self._reply.close())]
        if self._request is None:
            return []
        reply = settle(fold(self._whole))
        return answer(200, self._wire.encode_reply(self._head, reply, self._request))

    def _end_round(self, events: Sequence[Event]) -> list[Effect]:
        """The engine is done; so is the reply, but for what it wants to search first."""
        self._whole += events
        self.searching = bool(self.stages.searches)
        return [] if self.searching else self.finish()

    def fail(self, error: DragomanError) -> list[Effect]:
        """An error: as an event where the head is out, else as an answer of its own."""
        self.error = error.message
        if self._reply is not None:
            self.ending = "broken"
            return [Send(self._reply.encoder.fail(error))]
        self.ending, self.status = "refused", self._wire.error_status(error)
        return refusal(error, self._wire, self._request_id)


def answer(status: int, body: bytes, more: Mapping[str, str] = NO_MORE) -> list[Effect]:
    """A whole answer in JSON, with `more` headers."""
    headers = {"content-type": "application/json", "content-length": str(len(body)), **more}
    return [Open(status, headers), Send(body)]


def refusal(error: DragomanError, wire: ClientWire, request_id: str) -> list[Effect]:
    """A whole answer that is an error, in the client's protocol."""
    more: dict[str, str] = {}
    if error.retry_after is not None:
        more["retry-after"] = str(error.retry_after)
    if error.hopeless:
        more["x-should-retry"] = "false"  # the SDKs of both protocols, and Claude Code, obey it
    return answer(wire.error_status(error), wire.encode_error(error, request_id), more)
