"""A real gateway on a free port of 127.0.0.1, in a thread of the tests: uvicorn, sockets, the whole way.

with RunningGateway(Settings(upstreams=(Upstream(engine.url),))) as gateway:
    gateway.http.post("/v1/messages", json=...)
"""

import asyncio
import gc
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import uvicorn
from msgspec.structs import replace

from dragoman.app import Gateway, server
from dragoman.settings import Settings, Upstream

T = TypeVar("T")


class RunningGateway:
    """`http` is a client of it, without a key of its own; `wait` says whether it must know a model first."""

    def __init__(self, settings: Settings, wait: bool = True) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.gateway = Gateway(replace(settings, port=self.port))
        self.server: uvicorn.Server = server(self.gateway)
        self.http = httpx2.Client(base_url=self.url, trust_env=False, timeout=30)
        self.loop: asyncio.AbstractEventLoop
        self._wait = wait
        self._thread = threading.Thread(target=self._run, name="gateway")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            until(lambda: self.server.started)
            if self._wait:
                until(lambda: self.http.get("/health/readiness").status_code == 200)
        except BaseException:
            self.__exit__(None, None, None)  # else its thread would keep the tests from ending
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.stop()
        self.socket.close()

    def stop(self) -> None:
        """As a signal would: open answers may end within the server's grace."""
        self.server.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive(), "the gateway did not stop"

    def on_loop(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run something on the gateway's own loop."""
        return asyncio.run_coroutine_threadsafe(make(), self.loop).result(10)

    def tasks(self) -> int:
        """Tasks alive in the gateway, the one that counts left out."""

        async def count() -> int:
            gc.collect()
            return len(asyncio.all_tasks()) - 1

        return self.on_loop(count)

    def _run(self) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            await self.server.serve(sockets=[self.socket])

        with asyncio.Runner(loop_factory=self.server.config.get_loop_factory()) as runner:
            runner.run(serve())


class Events:
    """Server-sent events of a streamed answer: `(event, data)`, the data decoded."""

    def __init__(self, response: httpx2.Response) -> None:
        self._lines = response.iter_lines()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        kind = ""
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, value if value == "[DONE]" else json.loads(value)
                kind = ""
            else:
                assert not line or line.startswith(":"), f"{line!r} belongs to no event"


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something to become true that nothing signals."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.005)


def value(page: str, name: str, **labels: str) -> float:
    """A metric from a page in Prometheus' form: the sum over all label sets that hold these labels."""
    total = 0.0
    for line in page.splitlines():
        if line.startswith((name + "{", name + " ")) and all(f'{k}="{v}"' in line for k, v in labels.items()):
            total += float(line.rpartition(" ")[2])
    return total


@contextmanager
def gateway_before(
    url: str,
    key: str = "",
    aliases: Mapping[str, str] | None = None,
    wait: bool = True,
    family: str = "",
    **settings: Any,
) -> Iterator[RunningGateway]:
    """A gateway before one engine, whose model is of this family."""
    made = Settings(upstreams=(Upstream(url, family=family),), key=key, aliases=aliases or {}, **settings)
    with RunningGateway(made, wait) as gateway:
        yield gateway
