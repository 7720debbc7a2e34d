"""An endpoint with one fault: it passes everything on to one that is well, and spoils what comes back.

A fault is a function that changes an `Exchange`: its status, type and body, how long its head is withheld,
whether the connection is dropped. Streams are passed on whole: faults are of their bytes, not of time.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web


@dataclass
class Exchange:
    """One request, and the answer that is to be spoiled."""

    method: str
    path: str
    headers: Mapping[str, str]
    sent: bytes
    status: int = 200
    kind: str = ""
    """The content type of the answer."""
    body: bytes = b""
    pause: float = 0.0
    """Seconds before the head."""
    drop: bool = False
    cut: bool = False
    """The connection is dropped after the body, in the middle of the answer."""

    @property
    def asked(self) -> dict[str, Any]:
        try:
            found = json.loads(self.sent)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def is_chat(self) -> bool:
        return self.path in ("/v1/messages", "/v1/chat/completions")

    @property
    def streams(self) -> bool:
        return "event-stream" in self.kind

    def answers(self, status: int, body: Any, kind: str = "application/json") -> None:
        """Another answer altogether."""
        self.status, self.kind = status, kind
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


Fault = Callable[[Exchange], None]
Edit = Callable[[dict[str, Any]], None]


def sound(_exchange: Exchange) -> None:
    """No fault."""


class Spoiled:
    """`with Spoiled(url) as endpoint:` listens at `endpoint.url`; `fault` is what it does, `key` what it asks
    with."""

    def __init__(self, url: str) -> None:
        self.before, self.url = url, ""
        self.fault: Fault = sound
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="spoiled")
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop, self._over, port = self._ready.result(10)
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        over = asyncio.Event()
        app = web.Application(client_max_size=1 << 28)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self._ready.set_result((asyncio.get_running_loop(), over, runner.addresses[0][1]))
            await over.wait()
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        passed = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in ("host", "content-length")
        }
        exchange = Exchange(request.method, request.path, request.headers, await request.read())
        async with self._session.request(
            request.method, f"{self.before}{request.path_qs}", headers=passed, data=exchange.sent
        ) as answer:
            exchange.status, exchange.body = answer.status, await answer.read()
            exchange.kind = answer.headers.get("content-type", "")
        self.fault(exchange)
        await asyncio.sleep(exchange.pause)
        if exchange.drop and request.transport:
            request.transport.abort()
        response = web.StreamResponse(status=exchange.status, headers={"content-type": exchange.kind})
        await response.prepare(request)
        await response.write(exchange.body)
        if exchange.cut and request.transport:
            request.transport.close()
        else:
            await response.write_eof()
        return response


@dataclass
class Events:
    """A stream as its events, to be edited: names and data."""

    listed: list[tuple[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, body: bytes) -> "Events":
        found = cls()
        for part in body.decode().split("\n\n"):
            data = re.search(r"^data: (.*)$", part, re.MULTILINE)
            name = re.search(r"^event: (.*)$", part, re.MULTILINE)
            if data:
                value = data[1] if data[1] == "[DONE]" else json.loads(data[1])
                found.listed.append((name[1] if name else "", value))
        return found

    def encode(self) -> bytes:
        parts = []
        for name, value in self.listed:
            data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            parts.append((f"event: {name}\n" if name else "") + f"data: {data}\n\n")
        return "".join(parts).encode()


When = Callable[[dict[str, Any]], bool]


def always(_asked: dict[str, Any]) -> bool:
    return True


def on_chats(fault: Fault, when: When = always) -> Fault:
    """Only where a reply is asked for, and the request is of that kind."""

    def spoil(exchange: Exchange) -> None:
        if exchange.is_chat and when(exchange.asked):
            fault(exchange)

    return spoil


def replaces(old: str, new: str, when: When = always) -> Fault:
    """One text for another in replies."""

    def spoil(exchange: Exchange) -> None:
        exchange.body = exchange.body.replace(old.encode(), new.encode())

    return on_chats(spoil, when)


def refuses(status: int, said: str, when: When = always) -> Fault:
    """Requests for replies are refused, in vLLM's shape."""
    body = {"error": {"message": said, "type": "BadRequestError", "param": None, "code": status}}
    return on_chats(lambda exchange: exchange.answers(status, body), when)


def edits(whole: Edit | None = None, event: Edit | None = None, when: When = always) -> Fault:
    """Changes the JSON of whole replies, and of each event of streams."""

    def spoil(exchange: Exchange) -> None:
        if exchange.status == 200 and exchange.streams and event:
            found = Events.of(exchange.body)
            for _, value in found.listed:
                if isinstance(value, dict):
                    event(value)
            exchange.body = found.encode()
        elif exchange.status == 200 and not exchange.streams and whole:
            value = json.loads(exchange.body)
            whole(value)
            exchange.body = json.dumps(value, ensure_ascii=False).encode()

    return on_chats(spoil, when)


def without(kind: str) -> Fault:
    """Events of this name are lost, or data that is this word."""

    def spoil(exchange: Exchange) -> None:
        if exchange.streams:
            found = Events.of(exchange.body)
            found.listed = [(name, value) for name, value in found.listed if kind not in (name, value)]
            exchange.body = found.encode()

    return on_chats(spoil)


def sets(name: str, value: Any) -> Edit:
    """An edit: each field of this name, at any depth, has this value."""

    def edit(found: Any) -> None:
        if isinstance(found, dict):
            for key in found:
                if key == name:
                    found[key] = value
                else:
                    edit(found[key])
        elif isinstance(found, list):
            for part in found:
                edit(part)

    return edit


def cut_after(count: int) -> Fault:
    """The connection breaks after so many bytes of the answer."""

    def spoil(exchange: Exchange) -> None:
        exchange.cut = True
        exchange.body = exchange.body[:count]

    return on_chats(spoil)
