"""One call to an engine on callbacks, so that an answer passes without a task and its wake-ups."""

import asyncio
from functools import partial
from typing import Protocol

from dragoman.model.effects import Call
from dragoman.transport.upstream import Connection, Upstream, encode, reason, split

DRAIN = 1.0
"""Seconds given to an engine to end its answer after its last word, so that the connection is kept."""


class Hearer(Protocol):
    """Who is told what an engine answers."""

    def answered(self, status: int) -> None: ...
    def received(self, data: bytes) -> None: ...
    def ended(self, error: str | None) -> None: ...


class Calling:
    """A call under way, until its hearer is told that it `ended`, or it is left by `cancel` or `let_go`.

    A kept connection that the engine has hung up in the meantime is tried once more, anew.
    """

    def __init__(self, upstream: Upstream, call: Call, hearer: Hearer) -> None:
        self._upstream, self._url, self._hearer = upstream, call.url, hearer
        self._origin, target = split(call.url)
        self._request = encode(call.method, self._origin, target, call.headers, call.body)
        self._connecting: asyncio.Task[Connection] | None = None
        self._connection: Connection | None = None
        self._held = self._answered = False
        connection = upstream.take(self._origin)
        if connection is None:
            self._connect()
        else:
            self._send(connection)

    def cancel(self) -> None:
        """Hang up, so that the engine stops its work."""
        connection, self._connection = self._connection, None
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
        if connection is not None:
            connection.told = None
            connection.close()

    def let_go(self) -> None:
        """What still comes matters no more; its end is awaited, so that the connection can be kept."""
        connection = self._connection
        if connection is None or not self._answered:
            self.cancel()
            return
        self._connection = None
        if self._held:
            connection.hold(False)
        timer = asyncio.get_running_loop().call_later(DRAIN, connection.close)
        connection.told = partial(self._drained, connection, timer)
        self._upstream.draining.add(connection)
        connection.told()

    def hold(self, held: bool) -> None:
        """Hold the engine back while the client cannot take more."""
        if held is self._held:
            return
        self._held = held
        if self._connection is not None:
            self._connection.hold(held)

    def _connect(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._upstream.connect(self._origin))
        self._connecting.add_done_callback(self._connected)

    def _connected(self, task: asyncio.Task[Connection]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if self._connecting is not task:  # left when it had connected, but before this was called
            if error is None:
                task.result().close()
            return
        self._connecting = None
        if error is None:
            self._send(task.result())
        else:
            self._hearer.ended(reason(error) if isinstance(error, OSError) else str(error))

    def _send(self, connection: Connection) -> None:
        self._connection = connection
        connection.told = self._told
        connection.send(self._request)
        if self._held:
            connection.hold(True)
        if connection.lost is not None:
            self._told()

    def _told(self) -> None:
        connection, hearer = self._connection, self._hearer
        if connection is None:
            return
        if not self._answered:
            if not connection.status:
                if connection.lost is not None:
                    self._unanswered(connection, connection.lost)
                return
            self._answered = True
            hearer.answered(connection.status)
        if self._connection is connection and (data := connection.take()):
            hearer.received(data)
        if self._connection is connection and (connection.complete or connection.lost is not None):
            self._release(connection)
            hearer.ended(None if connection.complete else connection.lost)

    def _unanswered(self, connection: Connection, lost: str) -> None:
        self._release(connection)
        if connection.reused:
            self._connect()
        else:
            self._hearer.ended(lost)

    def _release(self, connection: Connection) -> None:
        self._connection = connection.told = None
        if self._held:
            connection.hold(False)
        self._upstream.release(self._url, connection)

    def _drained(self, connection: Connection, timer: asyncio.TimerHandle) -> None:
        connection.take()
        if connection.complete or connection.lost is not None:
            timer.cancel()
            connection.told = None
            self._upstream.draining.discard(connection)
            self._upstream.release(self._url, connection)
