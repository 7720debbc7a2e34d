"""A request to count a prompt's tokens, without I/O: like an exchange, with one call at most.

Exact where the engine has `/tokenize`, else an estimate by the bytes per token learned so far.
"""

from collections.abc import Mapping

from dragoman.journey.answering import answer, refusal
from dragoman.journey.asking import Asking
from dragoman.journey.exchange import Circumstances
from dragoman.journey.pool import Model, Replica
from dragoman.journey.rejection import read_count
from dragoman.model.effects import Call, Cancel, Done, Effect, Ending, Extract, Outcome, Wait
from dragoman.model.errors import DragomanError
from dragoman.model.turn import Request
from dragoman.turns.documents import unread, with_texts
from dragoman.turns.sanitize import sanitize
from dragoman.turns.servertools import with_search
from dragoman.wire.anthropic import encode_count as encode_answer
from dragoman.wire.anthropic.request import decode_request
from dragoman.wire.openai_chat.upstream import encode_count

TIMEOUT = 30.0
"""Seconds until an estimate is given instead."""


class Counting:
    """The counterpart of Exchange for `/v1/messages/count_tokens`: same calls, same effects."""

    def __init__(self, given: Circumstances) -> None:
        self._given = given
        self._status = 0
        self._body: list[bytes] = []
        self._over = False
        self._asked: Request
        self._model: Model
        self._replica: Replica
        self._size = 0

    def begin(self, body: bytes) -> list[Effect]:
        self._size = len(body)
        try:
            asked = self._asked = decode_request(body, counting=True)
            self._model = self._given.pool.find(asked.model, self._given.allowed)
        except DragomanError as error:
            return self._refuse(error)
        documents = unread(asked)
        return [Extract(documents), self._wait] if documents else self._count()

    def extracted(self, texts: Mapping[str, str]) -> list[Effect]:
        if self._over:
            return []
        self._asked = with_texts(self._asked, texts)
        return self._count()

    def _count(self) -> list[Effect]:
        """Ask for the count of the prompt that an exchange would make of the request."""
        given, model, asked = self._given, self._model, self._asked
        if given.search is not None:
            asked = with_search(asked)
        try:
            request = sanitize(asked, images=model.images)[0]
        except DragomanError as error:
            return self._refuse(error)
        replica = given.pool.choose(model)
        asking = Asking(given.pool, model, request)
        counted = encode_count(asking.request, model.id) if replica is None else asking.prompt(replica)
        self._size = len(counted)
        if replica is None or not replica.tokenize:
            return self._estimate()
        self._replica = replica
        return [Call("POST", replica.url("/tokenize"), replica.headers, counted), self._wait]

    @property
    def _wait(self) -> Wait:
        return Wait(self._given.now + TIMEOUT)

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
