"""A call on callbacks, over real connections: told in order, held back, let go, cancelled."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from dragoman.model.effects import Call
from dragoman.transport import calling
from dragoman.transport.calling import Calling
from dragoman.transport.upstream import Connection, Origin, Upstream
from tests.gateway import until
from tests.scripted_engine import CHAT, DROP, STALL, Answer, Pause, ScriptedEngine, Unframed, whole

WITHIN_S = 5.0
SWITCHES = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\nother"
LOOP = uvicorn.Config("", log_config=None).get_loop_factory()
"""Of the gateway's own kind, where another one exists."""


class Noted:
    """Writes down what it is told, and reacts to it where a test says so."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.react: Callable[[Any], None] = lambda what: None
        self._changed = asyncio.Event()

    def answered(self, status: int) -> None:
        self._take(status)

    def received(self, data: bytes) -> None:
        self._take(data)

    def ended(self, error: str | None) -> None:
        self._take(("ended", error))

    def _take(self, what: Any) -> None:
        self.told.append(what)
        self.react(what)
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    @property
    def over(self) -> bool:
        return any(isinstance(what, tuple) for what in self.told)

    @property
    def body(self) -> bytes:
        return b"".join(what for what in self.told if isinstance(what, bytes))


def call(url: str) -> Call:
    return Call("POST", url + CHAT, {"content-type": "application/json"}, b"{}")


async def ask(upstream: Upstream, url: str) -> Noted:
    noted = Noted()
    Calling(upstream, call(url), noted)
    await noted.until(lambda: noted.over)
    return noted


async def begun(upstream: Upstream, url: str) -> tuple[Calling, Noted]:
    """A call of whose answer the first piece, `one`, is here."""
    noted = Noted()
    made = Calling(upstream, call(url), noted)
    await noted.until(lambda: b"one" in noted.told)
    return made, noted


def run(test: Callable[[Upstream, ScriptedEngine], Any]) -> None:
    async def whole_test(engine: ScriptedEngine) -> None:
        upstream = Upstream()
        try:
            await test(upstream, engine)
        finally:
            upstream.close()

    with ScriptedEngine() as engine:
        asyncio.run(whole_test(engine))


def test_status_then_body_then_end_and_the_connection_is_kept() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.always(whole({"ok": True}))
        for _ in range(3):
            noted = await ask(upstream, engine.url)
            assert noted.told[0] == 200
            assert json.loads(noted.body) == {"ok": True}
            assert noted.told[-1] == ("ended", None)
        assert len({id(asked.connection) for asked in engine.chats()}) == 1

    run(test)


def test_a_kept_connection_that_was_hung_up_is_tried_anew() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(whole({"n": 1}), Answer(before=(DROP,)), whole({"n": 2}))
        await ask(upstream, engine.url)
        noted = await ask(upstream, engine.url)
        assert noted.told[0] == 200
        assert b"2" in noted.body

    run(test)


FAILURES: dict[str, Answer] = {
    "no answer": Answer(before=(DROP,)),
    "another protocol": Answer(before=(Unframed(SWITCHES),)),
    "half an answer": Answer((b"half", DROP), headers={"content-length": "99"}),
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
def test_a_new_connection_that_breaks_is_an_error(script: Answer, caplog: pytest.LogCaptureFixture) -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(script)
        noted = await ask(upstream, engine.url)
        kind, error = noted.told[-1]
        assert (kind, error[:3]) == ("ended", "it ")
        assert len(engine.chats()) == 1
        assert "asyncio" not in {record.name for record in caplog.records if record.levelno > logging.INFO}

    run(test)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://" + "x" * 70 + ".example"])
def test_what_cannot_be_reached_is_an_error_that_says_why(url: str) -> None:
    async def test(upstream: Upstream, _engine: ScriptedEngine) -> None:
        noted = await ask(upstream, url)
        assert len(noted.told) == 1
        assert noted.told[0][1]

    run(test)


def test_a_cancelled_call_hangs_up_and_tells_nothing_more() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(Answer((b"one", STALL), headers={"content-length": "99"}))
        made, noted = await begun(upstream, engine.url)
        made.cancel()
        await asyncio.to_thread(engine.chats()[0].wait_gone)
        assert noted.told == [200, b"one"]

    run(test)


def test_a_call_cancelled_by_what_it_tells_tells_nothing_more() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(Answer((b"no", STALL), 400, headers={"content-length": "99"}))
        noted = Noted()
        made = Calling(upstream, call(engine.url), noted)
        noted.react = lambda what: made.cancel()
        await noted.until(lambda: bool(noted.told))
        await asyncio.to_thread(engine.chats()[0].wait_gone)
        assert noted.told == [400]

    run(test)


def test_a_call_cancelled_while_it_connects_tells_nothing() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        noted = Noted()
        Calling(upstream, call(engine.url), noted).cancel()
        await ask(upstream, engine.url)
        assert noted.told == []
        assert len(engine.chats()) == 1

    run(test)


def test_a_call_that_is_let_go_ends_by_itself_and_its_connection_is_kept() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(Answer((b"one", Pause(0.1), b"two"), headers={"content-length": "6"}), whole({}))
        made, noted = await begun(upstream, engine.url)
        made.hold(True)
        made.let_go()
        assert noted.told == [200, b"one"]
        await asyncio.to_thread(until, lambda: any(upstream._idle.values()))
        await ask(upstream, engine.url)
        assert len({id(asked.connection) for asked in engine.chats()}) == 1
        assert noted.told == [200, b"one"]

    run(test)


def test_a_call_that_is_let_go_and_does_not_end_is_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "DRAIN", 0.05)

    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(Answer((b"one", STALL), headers={"content-length": "99"}))
        made, _noted = await begun(upstream, engine.url)
        made.let_go()
        await asyncio.to_thread(engine.chats()[0].wait_gone)
        assert not any(upstream._idle.values())

    run(test)


def test_a_call_that_is_held_hears_nothing_until_it_may_go_on() -> None:
    async def test(upstream: Upstream, engine: ScriptedEngine) -> None:
        engine.next(Answer((b"one", Pause(0.05), b"two"), headers={"content-length": "6"}))
        made, noted = await begun(upstream, engine.url)
        made.hold(True)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await noted.until(lambda: noted.over)
        assert noted.told == [200, b"one"]
        made.hold(False)
        await noted.until(lambda: noted.over)
        assert noted.body == b"onetwo"

    run(test)


class Interfered(Upstream):
    """Something happens between a connection's opening and the news of it."""

    def __init__(self, meanwhile: Callable[[Connection], Awaitable[None]]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    async def connect(self, origin: Origin) -> Connection:
        connection = await super().connect(origin)
        await self.meanwhile(connection)
        return connection


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize("loop", [None, LOOP], ids=["asyncio", "its own"])
def test_an_engine_that_hangs_up_as_soon_as_it_accepts_is_an_error(loop: Any, reset: bool) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reset:
            writer.transport.abort()
        writer.close()

    async def until_lost(connection: Connection) -> None:
        await asyncio.to_thread(until, lambda: connection.lost is not None)

    async def test() -> None:
        engine = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with engine:
            url = f"http://127.0.0.1:{engine.sockets[0].getsockname()[1]}"
            noted = await ask(Interfered(until_lost), url)
            assert noted.told == [("ended", "it closed the connection")]
            with pytest.raises(OSError, match="it closed the connection"):
                await Interfered(until_lost).fetch("GET", url, {})

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(test())


@pytest.mark.parametrize("fails", [False, True], ids=["connected", "failed"])
def test_a_call_cancelled_when_it_has_connected_but_was_not_told_tells_and_sends_nothing(fails: bool) -> None:
    async def test(_upstream: Upstream, engine: ScriptedEngine) -> None:
        opened: list[Connection] = []

        async def cancel(connection: Connection) -> None:
            opened.append(connection)
            asyncio.get_running_loop().call_soon(made.cancel)  # runs when the connecting is done
            if fails:
                connection.close()
                raise OSError("no")

        noted = Noted()
        made = Calling(Interfered(cancel), call(engine.url), noted)
        await asyncio.to_thread(until, lambda: bool(opened and opened[0].lost))
        assert noted.told == []
        assert engine.chats() == []

    run(test)
