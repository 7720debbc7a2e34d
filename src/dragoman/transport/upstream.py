"""Calls to engines: HTTP/1.1 on asyncio's callbacks and httptools' parser, connections kept alive.

Made for one thing, so that it costs little on the way of every request: a body goes out whole, the
answer comes back as its bytes arrive. No redirects, no cookies, no decompression, no proxies.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

import httptools

CONNECT_TIMEOUT = 10.0
"""Seconds to open a connection."""
HIGH_WATER = 1 << 20
"""Bytes of an answer that wait unread before the engine is held back."""

Origin = tuple[str, str, int]


class UpstreamBroken(OSError):
    """The connection broke before the answer was complete; `str` says how."""


class Connection(asyncio.Protocol):
    """One connection to an engine, used for one call after the other.

    An answer is read by `head` and `read`, or, without a task, by `told`: it is called whenever there is more
    to `take`, and when the answer is `complete` or `lost`.
    """

    def __init__(self) -> None:
        self.reused = False
        self.status = 0
        self.complete = True
        self.lost: str | None = None
        """How the connection broke."""
        self.told: Callable[[], None] | None = None
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._pieces: list[bytes] = []
        self._unread = 0
        self._framed = False
        self._surplus = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether another call can be made: the last answer is complete and nobody hung up."""
        whole = self.complete and not self._surplus
        return whole and self.lost is None and not self._transport.is_closing()

    def send(self, request: bytes) -> None:
        """Begin a call. What hung up on us since it was opened is `lost` already, and sends nothing."""
        self.status = 0
        self.complete = False
        self._parser = httptools.HttpResponseParser(self)
        if self.lost is None:
            self._transport.write(request)

    async def head(self) -> int:
        """The status of the answer, once its headers are here. Raises UpstreamBroken."""
        while not self.status:
            await self._more()
        return self.status

    async def read(self) -> bytes:
        """The next bytes of the answer's body, b"" at its end. Raises UpstreamBroken."""
        while not self._pieces:
            if self.complete:
                return b""
            await self._more()
        return self.take()

    def take(self) -> bytes:
        """What came of the answer's body and was not taken yet."""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        if self._unread > HIGH_WATER:
            self.hold(False)
        self._unread = 0
        return data

    def hold(self, held: bool) -> None:
        """Hold the engine back, or let it go on."""
        if self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        """Hang up, so that the engine stops its work."""
        self._transport.abort()

    async def _more(self) -> None:
        if self.lost is not None:
            raise UpstreamBroken(self.lost)
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self.told is not None:
            self.told()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has the methods, not the class

    def data_received(self, data: bytes) -> None:
        if self.complete:
            self._transport.abort()  # an answer that nobody asked for
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.lost = f"it answered with what is no HTTP: {error}"
            self._transport.abort()
        except httptools.HttpParserUpgrade:
            self.lost = "it wants to speak another protocol than HTTP"
            self._transport.abort()
        self._wake()

    def eof_received(self) -> None:
        return None

    def connection_lost(self, error: Exception | None) -> None:
        if not self.complete and self.lost is None:
            if self._ends_with_connection:
                self.complete = True
            else:
                self.lost = str(error) if error else "it closed the connection"
        elif self.lost is None:
            self.lost = "it closed the connection"
        self._parser = None  # type: ignore[assignment]  # they know each other, and are garbage in circles
        self._wake()

    @property
    def _ends_with_connection(self) -> bool:
        """An answer with neither a length nor chunks lasts until the connection closes."""
        return bool(self.status) and not self._framed

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._surplus = self.complete  # a second answer behind the first belongs to no call
        self._framed = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and not self._surplus:
            self.status = status

    def on_body(self, data: bytes) -> None:
        if self._surplus:
            return
        self._pieces.append(data)
        self._unread += len(data)
        if self._unread > HIGH_WATER:
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if not self.status or self._surplus:
            return
        self.complete = True
        if not self._parser.should_keep_alive():
            self._transport.close()


def reason(error: OSError) -> str:
    """Why a call failed, in a few words."""
    return error.strerror or str(error) or "no answer in time"


@lru_cache(maxsize=1024)
def split(url: str) -> tuple[Origin, str]:
    """A URL as what to connect to and what to ask for there."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return (parts.scheme, parts.hostname or "", port), target


def encode(method: str, origin: Origin, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request as its bytes. Raises ValueError where a header would break out of its line."""
    host = f"[{origin[1]}]" if ":" in origin[1] else origin[1]
    lines = [f"{method} {target} HTTP/1.1", f"host: {host}:{origin[2]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"content-length: {len(body)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header of the upstream holds a line break")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Upstream:
    """The connections to all engines. `request` takes one, `release` gives it back."""

    connection: type[Connection] = Connection
    """What is made of each; who wants to hear more of an answer has a kind of its own."""

    def __init__(self) -> None:
        self.draining: set[Connection] = set()
        """Those whose answer matters no more, but is awaited so that they can be kept."""
        self._idle: dict[Origin, list[Connection]] = {}
        self._tls = ssl.create_default_context()

    async def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Connection:
        """Send a request; the answer is read from the connection that this returns.

        A kept connection that the engine has hung up in the meantime is tried once more, anew.
        Raises OSError where the engine cannot be reached.
        """
        origin, target = split(url)
        request = encode(method, origin, target, headers, body)
        connection = self.take(origin) or await self.connect(origin)
        connection.send(request)
        try:
            await connection.head()
        except UpstreamBroken:
            if not connection.reused:
                raise
            connection = await self.connect(origin)
            connection.send(request)
            await connection.head()
        except BaseException:
            connection.close()
            raise
        return connection

    async def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        """A whole answer: its status and body. Raises OSError."""
        connection = await self.request(method, url, headers, body)
        try:
            pieces = []
            while piece := await connection.read():
                pieces.append(piece)
            return connection.status, b"".join(pieces)
        finally:
            self.release(url, connection)

    def release(self, url: str, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; hang up on any other."""
        if not connection.usable:
            connection.close()
            return
        connection.reused = True
        self._idle.setdefault(split(url)[0], []).append(connection)

    def close(self) -> None:
        for connections in (self.draining, *self._idle.values()):
            for connection in connections:
                connection.close()
        self._idle.clear()

    def take(self, origin: Origin) -> Connection | None:
        """One that is kept."""
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
        return None

    async def connect(self, origin: Origin) -> Connection:
        """A new one. Raises OSError."""
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, connection = await loop.create_connection(
                    self.connection, host, port, ssl=self._tls if scheme == "https" else None
                )
        except TimeoutError:
            raise UpstreamBroken(f"no connection within {CONNECT_TIMEOUT:g} s") from None
        return connection
