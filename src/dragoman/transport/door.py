"""uvicorn's connection of a client, with a short way for the hot routes: no task, no ASGI between.

What a request of a hot route costs beyond its journey is mostly tasks and their wake-ups, so its parsed
head and body go to a `Visit` at once. All else, keep-alive, pipelining and the ordinary pages, is uvicorn's.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from dragoman.transport.gate import route_path
from dragoman.transport.visit import Asked, House, Visit


class Door(HttpToolsProtocol):
    """Requests of hot routes become visits, one at a time."""

    def __init__(self, house: House, **given: Any) -> None:
        super().__init__(**given)
        self._house = house
        self._visit: Visit | None = None
        self._visiting: RequestResponseCycle | None = None
        self._waiting: tuple[RequestResponseCycle, Asked] | None = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._unset_keepalive_if_required()  # the one before it may have ended within the same bytes
        if self.transport.is_closing():
            return
        asked = Asked(cycle.scope["method"], route_path(cycle.scope["path"]), dict(cycle.scope["headers"]))
        if not self._house.hot(asked):
            super()._start_asgi_task(cycle, app)
        elif self.flow.write_paused:
            self._waiting = cycle, asked  # until somebody reads the answers before it
        elif cycle.body or not cycle.more_body:
            # One that came behind another. Not at once: many of them would begin inside one another.
            self.loop.call_soon(self._begin, cycle, asked)
        else:
            self._begin(cycle, asked)

    def _begin(self, cycle: RequestResponseCycle, asked: Asked) -> None:
        if self.transport.is_closing():
            return
        if cycle.more_body:
            self.flow.resume_reading()
        cycle.on_response = nothing  # else they know each other, and are garbage in circles
        visit = Visit(self._house, asked, self.transport, cycle, lambda: self._end(cycle))
        self._visit, self._visiting = visit, cycle
        visit.enter()
        if cycle.waiting_for_100_continue and not visit.over:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if cycle.body:
            visit.read(bytes(cycle.body))
        if not cycle.more_body:
            visit.whole()

    def _end(self, cycle: RequestResponseCycle) -> None:
        self._visit = self._visiting = None
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def on_body(self, body: bytes) -> None:
        if self._visit is not None and self._visiting is self.cycle:
            self._visit.read(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._visit is not None and self._visiting is self.cycle:
            self._visit.whole()
        else:
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._visit is not None:
            self._visit.gone()
        self._waiting = None
        self.cycle = None  # type: ignore[assignment]
        self.pipeline.clear()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._visit is not None:
            self._visit.hold(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._visit is not None:
            self._visit.hold(False)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.loop.call_soon(self._begin, *waiting)


def nothing() -> None:
    """What a request has to tell at its end where its visit tells it."""
