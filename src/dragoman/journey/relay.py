"""Requests that pass through as they are: `/v1/completions` and `/v1/embeddings`, without I/O.

Only the model's name is put into the engine's own words. Same calls and effects as Exchange.
"""

from collections.abc import Mapping
from typing import ClassVar

from msgspec.json import encode

from dragoman.journey.answering import refusal
from dragoman.journey.exchange import Circumstances
from dragoman.journey.pool import Model, Replica
from dragoman.journey.rejection import Rejection
from dragoman.model.effects import Call, Cancel, Done, Effect, Ending, Open, Outcome, Send, Wait
from dragoman.model.errors import BadAnswer, Busy, DragomanError, TimedOut, Unreachable
from dragoman.wire.fields import BOOL, STRING, Fields


class Relay:
    """One request to the route `path` of an engine, and its answer byte for byte."""

    path: ClassVar[str]

    def __init__(self, given: Circumstances) -> None:
        self._given = given
        self._model: Model | None = None
        self._replica: Replica | None = None
        self._stream = False
        self._status = 0
        self._refusal = bytearray()
        self._first: float | None = None
        self._over = False

    def begin(self, body: bytes) -> list[Effect]:
        try:
            fields = Fields(body)
            model = self._model = self._given.pool.find(fields.need("model", STRING), self._given.allowed)
            self._stream = fields.take("stream", BOOL) is True
            replica = self._given.pool.choose(model)
            if replica is None:
                raise Busy(f"no replica serves {model.id} at present")
        except DragomanError as error:
            return self._fail(error)
        self._replica = replica
        replica.in_flight += 1
        asked = {
            "model": replica.name_of(model),
            **({"stream": True} if self._stream else {}),
            **fields.rest(),
        }
        timeout = self._given.timeout if self._stream else self._given.whole_timeout
        call = Call("POST", replica.url(self.path), replica.headers, encode(asked))
        return [call, Wait(self._given.now + timeout)]

    def extracted(self, texts: Mapping[str, str]) -> list[Effect]:
        return []

    def answered(self, status: int) -> list[Effect]:
        self._status = status
        if status != 200:
            return []
        kind = "text/event-stream; charset=utf-8" if self._stream else "application/json"
        return [Open(200, {"content-type": kind})]

    def receive(self, data: bytes, now: float) -> list[Effect]:
        if self._over:
            return []
        if self._status == 200:
            self._first = self._first or now
            return [Send(data)]
        self._refusal += data
        return []

    def upstream_closed(self, error: str | None = None) -> list[Effect]:
        if self._over:
            return []
        if self._status == 200:
            return self._break(error) if error else self._done(200, "complete", "")
        if self._status:
            return self._fail(Rejection(self._status, bytes(self._refusal)).error())
        if self._replica is None:
            return self._fail(Unreachable(f"the engine cannot be reached: {error}"))
        return self._fail(self._replica.gone(error or "it closed the connection"))

    def tick(self, now: float) -> list[Effect]:
        if self._over or self._status:
            return []
        return [Cancel(), *self._fail(TimedOut("the engine did not begin to answer in time"))]

    def client_closed(self) -> list[Effect]:
        return [] if self._over else [Cancel(), *self._done(499, "cancelled", "the client went away")]

    def _break(self, error: str) -> list[Effect]:
        """A stream says that it broke off; a whole answer cannot, its JSON is simply not complete."""
        failure = BadAnswer(f"the engine broke off its answer: {error}")
        last = b"data: %s\n\n" % self._given.wire.encode_error(failure, self._given.request_id)
        said: list[Effect] = [Send(last)] if self._stream else []
        return [*said, *self._done(200, "broken", failure.message)]

    def _fail(self, error: DragomanError) -> list[Effect]:
        wire, request_id = self._given.wire, self._given.request_id
        done = self._done(wire.error_status(error), "refused", error.message)
        return [*refusal(error, wire, request_id), *done]

    def _done(self, status: int, ending: Ending, error: str) -> list[Effect]:
        self._over = True
        if self._replica is not None:
            self._replica.in_flight -= 1
        model = self._model.id if self._model else ""
        return [Done(Outcome(status, ending, model, error, first_token=self._first))]


class Completions(Relay):
    """`/v1/completions`, which tools for text without a chat template use."""

    path = "/v1/completions"


class Embeddings(Relay):
    path = "/v1/embeddings"
