"""The client's side of an exchange: the head, the stream kept alive, the whole reply, the error.

Each method returns effects. When the answer is over, `ending` says how.
"""

from dragoman.model.effects import Effect, Ending, Open, Send
from dragoman.model.errors import BadAnswer, DragomanError
from dragoman.model.reply import ReplyHead
from dragoman.model.turn import Request
from dragoman.pipeline import NewId, Stages, StreamedReply, whole_reply
from dragoman.wire import ClientWire

PING = 10.0
"""The longest gap, in seconds, without bytes while the engine's connection lives."""
PULSE = 100.0
"""The longest gap, in seconds, without an event that resets a client's own timers."""


class Answering:
    """One client's answer in one protocol. `opened` once a streamed reply's head is out."""

    def __init__(self, wire: ClientWire, new_id: NewId, request_id: str) -> None:
        self.stages = Stages(new_id)
        self.ending: Ending | None = None
        self.status = 200
        self.error = ""
        self.first_token: float | None = None
        self._wire = wire
        self._request_id = request_id
        self._reply: StreamedReply | None = None
        self._sent_at = self._event_at = 0.0

    @property
    def opened(self) -> bool:
        return self._reply is not None

    @property
    def next_tick(self) -> float:
        """When keep_alive must be called next."""
        return min(self._sent_at + PING, self._event_at + PULSE)

    def open(self, head: ReplyHead, request: Request, now: float) -> list[Effect]:
        """The head of a streamed reply, and what stands before its first event; once."""
        if self._reply is not None:
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
        out = reply.feed(data)
        if not out:
            return self.finish_stream() if reply.done else []
        self._sent_at = self._event_at = now
        self.first_token = self.first_token or now
        return [Send(out), *self.finish_stream()] if reply.done else [Send(out)]

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
            self.ending = "complete"
            return [Send(reply.close())]
        failure = self.stages.error or BadAnswer(f"the engine broke off its answer: {error}")
        if not self.stages.calls:
            return self.fail(failure)
        self.ending, self.error = "repaired_break", failure.message
        return [Send(reply.close())]

    def whole(self, head: ReplyHead, request: Request, body: bytes, now: float) -> list[Effect]:
        """The whole reply that an engine's whole answer comes to, or its error."""
        try:
            reply = whole_reply(body, self.stages)
        except DragomanError as error:
            return self.fail(error)
        self.first_token = now
        self.ending = "complete"
        return answer(200, self._wire.encode_reply(head, reply, request))

    def fail(self, error: DragomanError) -> list[Effect]:
        """An error: as an event where the head is out, else as an answer of its own."""
        self.error = error.message
        if self._reply is not None:
            self.ending = "broken"
            return [Send(self._reply.encoder.fail(error))]
        self.ending, self.status = "refused", self._wire.error_status(error)
        return answer(self.status, self._wire.encode_error(error, self._request_id), error.retry_after)


def answer(status: int, body: bytes, retry_after: int | None = None) -> list[Effect]:
    """A whole answer in JSON."""
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return [Open(status, headers), Send(body)]
