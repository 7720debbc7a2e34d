"""A gateway that is stopped while requests are in each phase: it ends in time, tells them, leaves nothing."""

import asyncio
import gc
import json
import socket
import time
from typing import Any

import pytest

from dragoman import extract
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import CHAT, STALL, TOKENIZE, Answer, Asked, ScriptedEngine, chunk, says, stream

GRACE_S = 0.3
COUNT = "/v1/messages/count_tokens"
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}


def request(path: str = "/v1/messages", content: Any = "hi", **fields: Any) -> bytes:
    asked = {
        "model": "scripted",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": content}],
        **fields,
    }
    body = json.dumps(asked).encode()
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


PLAIN, STREAMED = request(), request(stream=True)
DOCUMENT = request(content=[{"type": "document", "source": PDF}, {"type": "text", "text": "?"}])
SILENT = Answer(before=(STALL,))
BEGUN = stream(chunk(content="a"), STALL)

# What is sent, what the engine does, which of its routes is asked, whether the client is told to come again.
PHASES: dict[str, tuple[bytes, Any, str, bool]] = {
    "its head comes": (PLAIN[:20], SILENT, "", False),
    "its body comes": (PLAIN[:-5], SILENT, "", True),
    "its documents are read": (DOCUMENT, SILENT, "", True),
    "its tokens are counted": (request(COUNT), SILENT, TOKENIZE, True),
    "its engine is silent": (PLAIN, SILENT, CHAT, True),
    "its answer streams": (STREAMED, BEGUN, CHAT, False),
    "others wait behind it": (STREAMED + PLAIN + PLAIN[:-5], BEGUN, CHAT, False),
    "nobody reads its answer": (STREAMED, says(*["y" * 8000] * 2000), CHAT, False),
    "nobody reads, others behind": (STREAMED + PLAIN, says(*["y" * 8000] * 2000), CHAT, False),
}


async def read_for_ever(_data: str) -> str:
    """A document's reader that takes its time."""
    process = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return ""


@pytest.mark.parametrize(("sent", "script", "route", "told"), PHASES.values(), ids=PHASES)
def test_a_stop_while(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, script: Any, route: str, told: bool
) -> None:
    monkeypatch.setattr(extract, "read_apart", read_for_ever)
    with ScriptedEngine() as engine, gateway_before(engine.url) as stopping:
        stopping.server.config.timeout_graceful_shutdown = GRACE_S  # type: ignore[assignment]
        engine.always(script, path=route or CHAT)
        with socket.create_connection(("127.0.0.1", stopping.port), timeout=10) as client:
            client.sendall(sent)
            until(lambda: in_place(stopping, engine, route, script, sent))
            began = time.monotonic()
            stopping.stop()
            assert time.monotonic() - began < 5
            received = read(client)
        assert [replica.in_flight for replica in stopping.gateway.pool.replicas] == [0]
        until(lambda: engine.busy == 0, 2)
    assert received.startswith(b"HTTP/1.1 529") is told
    if told:
        assert json.loads(received.partition(b"\r\n\r\n")[2])["error"]["type"] == "overloaded_error"
    assert b"message_stop" not in received
    gc.collect()  # what was not closed would say so, and warnings are errors


def in_place(gateway: RunningGateway, engine: ScriptedEngine, route: str, script: Any, sent: bytes) -> bool:
    """Whether the request has come to its phase."""
    if route:
        asked = [asked for asked in engine.asked if asked.path == route]
        return bool(asked) and (isinstance(script, Answer) or stuck(gateway))
    return bool(gateway.gateway.outside.reading) if sent is DOCUMENT else connected(gateway)


def connected(gateway: RunningGateway) -> bool:
    return len(gateway.server.server_state.connections) > 1


def stuck(gateway: RunningGateway) -> bool:
    return any(c.flow.write_paused for c in list(gateway.server.server_state.connections))  # type: ignore[union-attr]


def read(client: socket.socket) -> bytes:
    """All that still comes."""
    received = b""
    try:
        while data := client.recv(1 << 20):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_a_stop_while_an_engine_s_connection_ends_its_answer() -> None:
    """The client has its answer; the engine has said all, and keeps its answer open."""

    def never_ends(asked: Asked) -> Answer:
        said = says("hi")(asked)
        return Answer((*said.steps, STALL), said.status, said.headers)

    with ScriptedEngine() as engine, gateway_before(engine.url) as stopping:
        engine.always(never_ends)
        with socket.create_connection(("127.0.0.1", stopping.port), timeout=10) as client:
            client.sendall(STREAMED)
            seen = b""
            while not seen.endswith(b"0\r\n\r\n"):
                seen += client.recv(65536)
            assert stopping.gateway.outside.upstream.draining
            stopping.stop()
    gc.collect()
