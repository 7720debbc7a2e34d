"""What a supervised process prints, carried from its pipe into a logbook. Counterpart: `supervisor`."""

import asyncio
import contextlib

from dragoman.runtime.logbook import Logbook

DRAIN_S = 2.0


class Output(asyncio.Protocol):
    """Carries what the process prints into the logbook."""

    def __init__(self, log: Logbook) -> None:
        self._log = log
        self._transport: asyncio.BaseTransport | None = None
        self._ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._log.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()

    async def finish(self) -> None:
        """Read to the end, which comes with the last writer; one that escaped is not waited for long."""
        if self._transport:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), DRAIN_S)
            self._transport.close()
            await self._ended.wait()
