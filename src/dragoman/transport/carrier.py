"""Carries out one journey's effects: calls engines, sends to the client, keeps the time.

The journey decides, this obeys. All of it runs in callbacks: of the engine's connection, the client's
connection and the clock. Each tells the journey what happened, and does at once what it answers.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVarTuple

from dragoman.extract import Extractor
from dragoman.journey.exchange import Journey
from dragoman.model.effects import Call, Cancel, Done, Effect, Extract, Open, Outcome, Send, Wait
from dragoman.transport.answer import Answer
from dragoman.transport.calling import Calling
from dragoman.transport.upstream import Upstream

Args = TypeVarTuple("Args")


@dataclass(frozen=True, slots=True)
class Outside:
    """What carriers reach out with, shared by all requests."""

    upstream: Upstream
    extractor: Extractor
    reading: set[asyncio.Task[dict[str, str]]] = field(default_factory=set)
    """What the extractor reads now, for all of them."""


class Carrier:
    """One request's journey on the wire. `done` is called once: with its outcome, or with a fault of ours."""

    def __init__(
        self, journey: Journey, outside: Outside, answer: Answer, done: Callable[[Outcome | Exception], None]
    ) -> None:
        self._journey, self._outside, self._answer, self._done = journey, outside, answer, done
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._calling: Calling | None = None
        self._extracting: asyncio.Task[dict[str, str]] | None = None
        self._held = self._over = False

    def begin(self, body: bytes) -> None:
        """The client's request is here."""
        self._tell(self._journey.begin, body)

    def client_gone(self) -> None:
        self._tell(self._journey.client_closed)

    def hold(self, held: bool) -> None:
        """The client takes no more for now, or does again."""
        self._held = held
        if self._calling is not None:
            self._calling.hold(held)

    # What a call tells

    def answered(self, status: int) -> None:
        self._tell(self._journey.answered, status)

    def received(self, data: bytes) -> None:
        self._tell(self._journey.receive, data, self._loop.time())

    def ended(self, error: str | None) -> None:
        self._calling = None
        self._tell(self._journey.upstream_closed, error)

    def _tell(self, what: Callable[[*Args], list[Effect]], *args: *Args) -> None:
        """Tell the journey, and obey. A fault of ours ends this request and no other."""
        if self._over:
            return
        try:
            outcome = self._obey(what(*args))
        except Exception as fault:
            self._fail(fault)
            return
        if outcome is not None:
            self._stop()
            self._done(outcome)

    def _fail(self, fault: Exception) -> None:
        self._cancel()
        self._stop()
        with suppress(Exception):
            self._journey.client_closed()  # it gives back what it holds of the pool
        self._done(fault)

    def _obey(self, effects: Iterable[Effect]) -> Outcome | None:
        outcome: Outcome | None = None
        for effect in effects:
            if type(effect) is Send:  # nearly every effect; a class pattern takes three times as long
                self._answer.data(effect.data)
                continue
            match effect:
                case Open(status, headers):
                    self._answer.head(status, headers)
                case Done(outcome):
                    pass
                case _:
                    self._do(effect)
        if outcome is None:
            self._answer.flush(ended=False)
        elif outcome.ending != "cancelled":
            self._answer.flush(ended=True)
        return outcome

    def _do(self, effect: Call | Cancel | Extract | Wait) -> None:
        match effect:
            case Wait(until):
                self._wait(until)
            case Call():
                self._leave()
                self._calling = Calling(self._outside.upstream, effect, self)
                self._calling.hold(self._held)
            case Cancel():
                self._cancel()
            case Extract():
                self._extract(effect)

    def _stop(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._extracting is not None:
            self._extracting.cancel()
        self._leave()

    def _leave(self) -> None:
        """What the engine still says in this call matters no more."""
        calling, self._calling = self._calling, None
        if calling is not None:
            calling.let_go()

    def _cancel(self) -> None:
        calling, self._calling = self._calling, None
        if calling is not None:
            calling.cancel()
        if self._extracting is not None:
            self._extracting.cancel()

    def _wait(self, until: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(until, self._tick)

    def _tick(self) -> None:
        self._tell(self._journey.tick, self._loop.time())

    def _extract(self, step: Extract) -> None:
        self._extracting = self._loop.create_task(self._outside.extractor.texts(step.documents))
        self._outside.reading.add(self._extracting)
        self._extracting.add_done_callback(self._extracted)

    def _extracted(self, task: asyncio.Task[dict[str, str]]) -> None:
        self._extracting = None
        self._outside.reading.discard(task)
        if task.cancelled():
            return
        fault = task.exception()
        if fault is None:
            self._tell(self._journey.extracted, task.result())
        elif isinstance(fault, Exception) and not self._over:
            self._fail(fault)
