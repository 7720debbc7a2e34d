"""The composition root: settings in, a running gateway out. Nothing below knows how it is put together."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import cast

import uvicorn
from starlette.types import Receive, Scope, Send

from dragoman import folder, searches
from dragoman.extract import Extractor
from dragoman.journey.counting import Counting
from dragoman.journey.exchange import Circumstances, Exchange, Journey
from dragoman.journey.pool import Pool
from dragoman.journey.relay import Completions, Embeddings
from dragoman.journey.searching import SearchService
from dragoman.metrics import Metrics
from dragoman.model.effects import Outcome
from dragoman.model.errors import MethodNotAllowed
from dragoman.pages import pages
from dragoman.probing import probe
from dragoman.searches import Provider
from dragoman.settings import Settings, SettingsError, check, check_url
from dragoman.transport.carrier import Outside
from dragoman.transport.door import Door
from dragoman.transport.gate import Gate
from dragoman.transport.keys import Keyring
from dragoman.transport.listener import listen
from dragoman.transport.upstream import Upstream
from dragoman.transport.visit import Asked, Guest, Visit
from dragoman.wire import ClientWire, anthropic, openai_chat, openai_responses

log = logging.getLogger("dragoman")

DRAW = Random().getrandbits


def new_id(prefix: str) -> str:
    """Unique, and no secret: drawn without asking the kernel each time."""
    return f"{prefix}{DRAW(96):024x}"


@dataclass(frozen=True, slots=True)
class Hot:
    """A hot route: its protocol's name for counters and logs, the protocol, and who answers."""

    name: str
    wire: ClientWire
    journey: Callable[[Circumstances], Journey]


HOT: dict[tuple[str, str], Hot] = {
    ("POST", "/v1/messages"): Hot("anthropic", anthropic, Exchange),
    ("POST", "/v1/messages/count_tokens"): Hot("anthropic", anthropic, Counting),
    ("POST", "/v1/chat/completions"): Hot("openai_chat", openai_chat, Exchange),
    ("POST", "/v1/responses"): Hot("openai_responses", openai_responses, Exchange),
    ("POST", "/v1/completions"): Hot("openai_chat", openai_chat, Completions),
    ("POST", "/v1/embeddings"): Hot("openai_chat", openai_chat, Embeddings),
}


class Gateway:
    """Whom clients visit: hot routes become journeys, all else is an ASGI application of pages."""

    def __init__(self, settings: Settings) -> None:
        check(settings)
        self.settings = settings
        self.pool = Pool(settings.upstreams, settings.aliases, folder.profiles(), folder.catalog())
        self.visits: set[Visit] = set()
        self.metrics = Metrics(lambda: len(self.visits))
        self.outside = Outside(Upstream(), Extractor())
        self._search = search_service(settings)
        self._pages = pages(self.pool, self.metrics, self._lifespan)
        self.gate = Gate(self._page, Keyring(settings.all_keys), new_id)

    def hot(self, asked: Asked) -> bool:
        """Whether a request is for a hot route."""
        return (asked.method, asked.path) in HOT

    def journey(self, guest: Guest) -> Journey:
        """What answers a request that was let in."""
        settings, hot = self.settings, HOT["POST", guest.path]
        return hot.journey(
            Circumstances(
                hot.wire,
                self.pool,
                new_id,
                guest.request_id,
                guest.began,
                int(time.time()),
                settings.timeout,
                settings.whole_timeout,
                self._search,
                settings.usage_window,
                settings.vision_model,
                guest.holder.models,
            )
        )

    def ended(self, guest: Guest, outcome: Outcome, now: float) -> None:
        """Count a request and log its line."""
        name = HOT["POST", guest.path].name
        self.metrics.count(name, outcome, guest.began, now)
        log_outcome(guest.request_id, name, outcome, now - guest.began, guest.holder.name)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if ("POST", scope.get("path", "")) in HOT:
            raise MethodNotAllowed(f"{scope['method']} is not taken at {scope['path']}")
        await self._pages(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[None]:
        watching = asyncio.create_task(probe.watch(self.pool, self.outside.upstream))
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        for visit in list(self.visits):
            visit.break_off()
        self.outside.upstream.close()
        if self.outside.reading:
            await asyncio.wait(self.outside.reading, timeout=1)


def search_service(settings: Settings) -> SearchService | None:
    """Who searches the web. Raises SettingsError where nobody could."""
    if settings.search is None:
        return None
    try:
        provider = folder.load(searches, settings.search.provider)
    except KeyError:
        known = ", ".join(folder.names(searches))
        raise SettingsError(f"search.provider: {settings.search.provider!r} is not one of {known}") from None
    made, given = cast(Provider, provider), settings.search
    if not getattr(given, made.NEEDS):
        raise SettingsError(f"search.{made.NEEDS}: {given.provider} cannot search without it")
    if given.url:
        check_url("search.url", given.url)
    if not given.key.isprintable():
        raise SettingsError("search.key: it holds characters that no key has, such as a line break")
    return SearchService(made, given)


def log_outcome(request_id: str, wire: str, outcome: Outcome, seconds: float, key: str) -> None:
    """One line per request, at its end; `key` is a key's name."""
    usage = outcome.usage
    log.info(
        "%s: %s for %s%s ended %s with %d after %.3f s; %d tokens in (%d cached), %d out, %d calls%s%s%s%s.",
        request_id,
        wire,
        outcome.model or "no model",
        f" by {key}" if key else "",
        outcome.ending,
        outcome.status,
        seconds,
        usage.input,
        usage.cached,
        usage.output,
        outcome.calls,
        counted("repairs", outcome.repairs),
        counted("changes", outcome.notes),
        f" ({', '.join(outcome.unknown)})" if outcome.unknown else "",
        f"; {outcome.error!r}" if outcome.error else "",
    )
    if outcome.advice:
        log.warning("%s: %s.", request_id, outcome.advice)


def counted(what: str, kinds: Mapping[str, int]) -> str:
    """A part of a log line: how often each kind of something was done."""
    return f"; {what}: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()) if kinds else ""


def server(gateway: Gateway) -> uvicorn.Server:
    """An HTTP server for the gateway; its caller binds, starts and stops it."""
    config = uvicorn.Config(
        gateway.gate,
        host=gateway.settings.host,
        port=gateway.settings.port,
        loop="auto",
        http=cast(type[asyncio.Protocol], partial(Door, gateway)),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


class Server(uvicorn.Server):
    """One that leaves signals to its caller and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(gateway: Gateway, listener: socket.socket) -> AsyncIterator[asyncio.Future[None]]:
    """Serve on a bound socket as long as the block runs; what it gives is done when the server is.

    Whoever is cancelled while waiting for it leaves the block, and so lets the server end in order.
    """
    listen(listener)
    running = Server(server(gateway).config)
    task = asyncio.create_task(running.serve([listener]))
    begun = asyncio.create_task(running.listening.wait())
    try:
        await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
        yield asyncio.shield(task)
    finally:
        begun.cancel()
        running.should_exit = True
        await task
