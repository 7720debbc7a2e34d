"""The HTTP client for engines, against bytes that come as a test wants them, and over real connections."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from dragoman.transport import upstream
from dragoman.transport.upstream import Upstream, UpstreamBroken, encode, reason, split
from tests.gateway import until
from tests.scripted_engine import CHAT, STALL, Answer, Pause, ScriptedEngine, refuses, whole

JSON = {"content-type": "application/json"}

URLS = {
    "http://127.0.0.1:8000/v1/models": (("http", "127.0.0.1", 8000), "/v1/models"),
    "http://engine": (("http", "engine", 80), "/"),
    "https://engine/v1?x=1": (("https", "engine", 443), "/v1?x=1"),
    "http://[::1]:9/a": (("http", "::1", 9), "/a"),
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_where_and_what(url: str) -> None:
    assert split(url) == URLS[url]


def test_a_request_is_its_bytes() -> None:
    origin = ("http", "::1", 8000)
    assert encode("POST", origin, "/x", {"a": "b"}, b"{}") == (
        b"POST /x HTTP/1.1\r\nhost: [::1]:8000\r\na: b\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert b"content-length" not in encode("GET", origin, "/x", {}, b"")


@pytest.mark.parametrize("value", ["x\r\nevil: 1", "x\ny"])
def test_a_header_cannot_break_out_of_its_line(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        encode("GET", ("http", "e", 80), "/", {"authorization": value}, b"")


def test_reasons_are_words() -> None:
    assert reason(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    assert reason(UpstreamBroken("it closed the connection")) == "it closed the connection"
    assert reason(TimeoutError()) == "no answer in time"


def served(answer: bytes, pieces: int = 0, close: bool = False) -> tuple[int, bytes]:
    """What the client makes of these bytes, sent whole or in pieces; `close`: then the connection ends."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(ConnectionError):
            connection.recv(4096)
            step = pieces or len(answer) or 1
            for start in range(0, len(answer), step):
                connection.sendall(answer[start : start + step])
            if close:
                connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)

    async def fetch(port: int) -> tuple[int, bytes]:
        calls = Upstream()
        try:
            async with asyncio.timeout(5):
                return await calls.fetch("GET", f"http://127.0.0.1:{port}/x", {})
        finally:
            calls.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        try:
            return asyncio.run(fetch(listener.getsockname()[1]))
        finally:
            thread.join(5)


GOOD: dict[str, tuple[bytes, bool, tuple[int, bytes]]] = {
    "with a length": (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", False, (200, b"hello")),
    "of no length": (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", False, (200, b"")),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", False, (204, b"")),
    "in chunks": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        False,
        (200, b"hello"),
    ),
    "to the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\nhello", True, (200, b"hello")),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nhello", True, (200, b"hello")),
    "after a continue": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        False,
        (200, b"hi"),
    ),
    "an error": (b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", False, (503, b"busy")),
}


@pytest.mark.parametrize("pieces", [0, 1, 7])
@pytest.mark.parametrize(("answer", "close", "expected"), GOOD.values(), ids=GOOD)
def test_answers_in_every_framing(
    answer: bytes, close: bool, expected: tuple[int, bytes], pieces: int
) -> None:
    assert served(answer, pieces, close) == expected


BAD: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "less than its length": b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello",
    "chunks without an end": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhel\r\n",
    "a length that is no number": b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nhello",
}


@pytest.mark.parametrize("pieces", [0, 1])
@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_what_is_broken_is_said(answer: bytes, pieces: int) -> None:
    with pytest.raises(UpstreamBroken):
        served(answer, pieces, close=True)


@contextmanager
def session(engine: ScriptedEngine) -> Iterator[Callable[[Callable[[Upstream], Awaitable[Any]]], Any]]:
    """Run things with one client, on one loop."""
    with asyncio.Runner() as runner:
        calls = Upstream()

        async def on_loop(work: Callable[[Upstream], Awaitable[Any]]) -> Any:
            async with asyncio.timeout(10):
                return await work(calls)

        yield lambda work: runner.run(on_loop(work))
        calls.close()


def fetch(engine: ScriptedEngine, path: str = CHAT) -> Callable[[Upstream], Awaitable[Any]]:
    return lambda calls: calls.fetch("POST", engine.url + path, JSON, b"{}")


def connections(engine: ScriptedEngine) -> int:
    return len({id(asked.connection) for asked in engine.asked})


def test_a_connection_is_kept_and_used_again(engine: ScriptedEngine) -> None:
    engine.next(whole({"a": 1}), refuses(500, "no"), Answer(status=204))
    with session(engine) as run:
        assert run(fetch(engine)) == (200, b'{"a": 1}')
        assert run(fetch(engine))[0] == 500
        assert run(fetch(engine))[0] == 204
        assert run(fetch(engine))[0] == 200
    assert connections(engine) == 1


def test_one_that_says_that_it_closes_is_not_kept(engine: ScriptedEngine) -> None:
    engine.next(Answer((b"{}",), headers={"connection": "close"}))
    with session(engine) as run:
        assert run(fetch(engine))[0] == 200
        assert run(fetch(engine))[0] == 200
    assert connections(engine) == 2


def test_calls_at_once_have_connections_of_their_own(engine: ScriptedEngine) -> None:
    engine.always(whole({}).after(Pause(0.05)))

    async def many(calls: Upstream) -> list[Any]:
        return await asyncio.gather(*(fetch(engine)(calls) for _ in range(20)))

    with session(engine) as run:
        assert {status for status, _ in run(many)} == {200}
        first = connections(engine)
        run(many)
    assert first == 20
    assert connections(engine) == 20


def test_an_answer_that_is_left_hangs_up(engine: ScriptedEngine) -> None:
    engine.next(Answer((b"x", STALL)))

    async def leave(calls: Upstream) -> None:
        connection = await calls.request("POST", engine.url + CHAT, JSON, b"{}")
        assert await connection.read() == b"x"
        calls.release(engine.url + CHAT, connection)
        await asyncio.to_thread(engine.asked[0].wait_gone, 2)

    with session(engine) as run:
        run(leave)


def test_a_call_that_is_cancelled_before_its_head_hangs_up(engine: ScriptedEngine) -> None:
    engine.next(Answer(before=(STALL,)))

    async def cancel(calls: Upstream) -> None:
        task = asyncio.ensure_future(fetch(engine)(calls))
        await asyncio.to_thread(engine.wait_chats, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(engine.asked[0].wait_gone, 2)

    with session(engine) as run:
        run(cancel)


def test_an_answer_that_nobody_reads_holds_the_engine_back(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "HIGH_WATER", 1 << 16)
    engine.next(Answer(tuple(bytes(1 << 16) for _ in range(400))))

    async def slowly(calls: Upstream) -> int:
        connection = await calls.request("POST", engine.url + CHAT, JSON, b"{}")
        assert not await asyncio.to_thread(engine.asked[0].answered.wait, 0.5)
        size = 0
        while data := await connection.read():
            size += len(data)
        calls.release(engine.url + CHAT, connection)
        return size

    with session(engine) as run:
        assert run(slowly) == 400 << 16
        assert run(fetch(engine))[0] == 200
    assert connections(engine) == 1


def test_an_engine_that_hung_up_while_idle_is_called_anew(engine: ScriptedEngine) -> None:
    with session(engine) as run:
        run(fetch(engine))
        transport: Any = engine.asked[0].connection
        engine.call(transport.close)
        assert run(fetch(engine))[0] == 200
    assert connections(engine) == 2


def test_a_connection_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "CONNECT_TIMEOUT", 0.05)

    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    async def run() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
        await Upstream().fetch("GET", "http://127.0.0.1:1/", {})

    with pytest.raises(UpstreamBroken, match="no connection within"):
        asyncio.run(run())


def test_bytes_that_nobody_asked_for_end_the_connection(engine: ScriptedEngine) -> None:
    with session(engine) as run:
        run(fetch(engine))
        transport: Any = engine.asked[0].connection
        engine.call(lambda: transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"))

        async def later(calls: Upstream) -> Any:
            await asyncio.to_thread(until, transport.is_closing)
            return await fetch(engine)(calls)

        assert run(later)[0] == 200
    assert connections(engine) == 2


def test_a_second_answer_behind_the_first_is_not_taken_for_the_next_call_s() -> None:
    first = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
    second = b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\nevil"
    assert served(first + second) == (200, b"hi")
