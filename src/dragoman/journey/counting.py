"""A request to count a prompt's tokens, without I/O: like an exchange, with one call at most.

Exact where the engine has `/tokenize`, else an estimate by the bytes per token learned so far.
"""

from collections.abc import Mapping

from dragoman.journey.answering import answer, refusal
from dragoman.journey.asking import spared
from dragoman.journey.exchange import Circumstances
from dragoman.journey.pool import Model, Replica
from dragoman.journey.rejection import read_count
from dragoman.model.effects import Call, Cancel, Done, Effect, Ending, Outcome, Wait
from dragoman.model.errors import DragomanError
from dragoman.turns.sanitize import sanitize
from dragoman.wire.anthropic import encode_count as encode_answer
from dragoman.wire.anthropic.request import decode_request
from dragoman.wire.openai_chat.upstream import Terms, encode_count

TIMEOUT = 30.0
"""Seconds until an estimate is given instead."""


class Counting:
    """The counterpart of Exchange for `/v1/messages/count_tokens`: same calls, same effects."""

    def __init__(self, given: Circumstances) -> None:
        self._given = given
        self._status = 0
        self._body: list[bytes] = []
        self._over = False
        self._model: Model
        self._replica: Replica
        self._size = 0

    def begin(self, body: bytes) -> list[Effect]:
        try:
            asked = decode_request(body, counting=True)
            self._model = self._given.pool.find(asked.model)
            request = spared(sanitize(asked, images=self._model.images)[0], self._model)
        except DragomanError as error:
            return self._refuse(error)
        replica = self._given.pool.choose(self._model)
        engine_id = replica.name_of(self._model) if replica else self._model.id
        counted = encode_count(request, engine_id, replica.terms(self._model) if replica else Terms())
        self._size = len(counted)
        if replica is None or not replica.tokenize:
            return self._estimate()
        self._replica = replica
        call = Call("POST", replica.url("/tokenize"), replica.headers, counted)
        return [call, Wait(self._given.now + TIMEOUT)]

    def extracted(self, texts: Mapping[str, str]) -> list[Effect]:
        return []

    def answered(self, status: int) -> list[Effect]:
        self._status = status
        return []

    def receive(self, data: bytes, now: float) -> list[Effect]:
        self._body.append(data)
        return []

    def upstream_closed(self, error: str | None = None) -> list[Effect]:
        if self._over:
            return []
        count = read_count(b"".join(self._body)) if error is None and self._status == 200 else None
        if count is None:
            if self._status in (404, 405, 501):
                self._replica.tokenize = False
            return self._estimate()
        self._model.learn(self._size, count.count)
        return [*answer(200, encode_answer(count.count)), *self._done(200, "complete")]

    def tick(self, now: float) -> list[Effect]:
        return [] if self._over else [Cancel(), *self._estimate()]

    def client_closed(self) -> list[Effect]:
        return [] if self._over else [Cancel(), *self._done(499, "cancelled", "the client went away")]

    def _estimate(self) -> list[Effect]:
        tokens = self._model.estimate(self._size)
        return [*answer(200, encode_answer(tokens)), *self._done(200, "complete")]

    def _refuse(self, error: DragomanError) -> list[Effect]:
        wire, request_id = self._given.wire, self._given.request_id
        done = self._done(wire.error_status(error), "refused", error.message)
        return [*refusal(error, wire, request_id), *done]

    def _done(self, status: int, ending: Ending, error: str = "") -> list[Effect]:
        self._over = True
        return [Done(Outcome(status, ending, error=error))]
