"""Carries out one journey's effects: calls engines, sends to the client, keeps the time.

The journey decides, this obeys. It runs in the ASGI server's task of the request; a timer and a
watch on the client's connection may interrupt it, and only they do.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from starlette.types import Receive, Send

from dragoman.extract import Extractor
from dragoman.journey.exchange import Journey
from dragoman.model.effects import Call, Cancel, Done, Effect, Extract, Open, Outcome, Wait
from dragoman.model.effects import Send as SendData
from dragoman.transport.upstream import Connection, Upstream, reason

T = TypeVar("T")

DRAIN = 1.0
"""Seconds given to an engine to end its answer after its last word, so that the connection is kept."""


async def drain(connection: Connection) -> None:
    """Read the end of an answer that matters no more, so that its connection can be kept."""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(DRAIN):
            while await connection.read():
                pass


@dataclass(frozen=True, slots=True)
class Outside:
    """What carriers reach out with, shared by all requests."""

    upstream: Upstream
    extractor: Extractor


class Carrier:
    """One request's journey on the wire. `run` returns when the journey is done."""

    def __init__(self, journey: Journey, outside: Outside, receive: Receive, send: Send):
        self._journey = journey
        self._upstream = outside.upstream
        self._extractor = outside.extractor
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._next: Call | Extract | None = None
        self._outcome: Outcome | None = None
        self._calling: asyncio.Task[None] | None = None
        self._interrupted = self._listening = False
        self._side_tasks: set[asyncio.Task[None]] = set()

    async def run(self, effects: list[Effect]) -> Outcome:
        """Carry out `effects` and all that follows from them."""
        await self._apply(effects)
        if self._outcome is not None:
            return self._outcome
        watch = self._loop.create_task(self._watch_client())
        try:
            while self._outcome is None and (step := self._next) is not None:
                self._next = None
                await self._interruptible(step)
        finally:
            watch.cancel()
            if self._timer is not None:
                self._timer.cancel()
            if self._outcome is None:
                self._journey.client_closed()
        return self._outcome or Outcome(500, "broken", error="the journey ended without an outcome")

    async def _interruptible(self, step: Call | Extract) -> None:
        """Make a call, or read documents; a Cancel meanwhile ends it, but not the journey."""
        task = self._calling = asyncio.current_task()
        self._interrupted = False
        try:
            await (self._call(step) if isinstance(step, Call) else self._extract(step))
        except asyncio.CancelledError:
            if not self._interrupted or task is None:
                raise
            task.uncancel()
            await asyncio.gather(*self._side_tasks)
        finally:
            self._calling = None

    async def _heard(self, awaited: Awaitable[T]) -> T:
        """What comes from outside. A Cancel ends this waiting, and never the sending of what was said."""
        self._listening = True
        try:
            return await awaited
        finally:
            self._listening = False

    async def _extract(self, step: Extract) -> None:
        texts = await self._heard(self._extractor.texts(step.documents))
        await self._apply(self._journey.extracted(texts))

    async def _call(self, call: Call) -> None:
        error: str | None = None
        try:
            request = self._upstream.request(call.method, call.url, call.headers, call.body)
            connection = await self._heard(request)
            try:
                await self._take_answer(connection)
            finally:
                self._upstream.release(call.url, connection)
        except OSError as failure:
            error = reason(failure)
        if self._outcome is None and self._next is None and not self._interrupted:
            await self._apply(self._journey.upstream_closed(error))

    async def _take_answer(self, connection: Connection) -> None:
        await self._apply(self._journey.answered(connection.status))
        while not self._interrupted and (data := await self._heard(connection.read())):
            await self._apply(self._journey.receive(data, self._loop.time()))
            if self._interrupted:
                return
            if self._outcome is not None or self._next is not None:
                await drain(connection)
                return

    async def _apply(self, effects: Iterable[Effect]) -> None:
        """Obey. Neighbouring sends go out as one; the last one carries the end of the answer."""
        pending: list[bytes] = []
        for effect in effects:
            match effect:
                case SendData(data):
                    pending.append(data)
                case Open(status, headers):
                    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
                    await self._send({"type": "http.response.start", "status": status, "headers": raw})
                case Wait(until):
                    self._wait(until)
                case Call() | Extract():
                    self._next = effect
                case Cancel():
                    self._cancel()
                case Done(outcome):
                    self._outcome = outcome
        ended = self._outcome is not None
        if pending or (ended and self._outcome is not None and self._outcome.ending != "cancelled"):
            body = b"".join(pending)
            await self._send({"type": "http.response.body", "body": body, "more_body": not ended})

    def _wait(self, until: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(until, self._tick)

    def _tick(self) -> None:
        task = self._loop.create_task(self._tell_time())
        self._side_tasks.add(task)
        task.add_done_callback(self._side_tasks.discard)

    async def _tell_time(self) -> None:
        # Told and obeyed in one go: what the journey says next must not overtake what it says now.
        if self._outcome is None:
            await self._apply(self._journey.tick(self._loop.time()))

    async def _watch_client(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._outcome is None:
            await self._apply(self._journey.client_closed())

    def _cancel(self) -> None:
        task = self._calling
        if task is not None and task is not asyncio.current_task():
            self._interrupted = True
            if self._listening:
                task.cancel()
