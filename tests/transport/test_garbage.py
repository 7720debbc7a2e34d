"""What a request leaves behind is freed when it ends: nothing of it knows itself in a circle."""

import gc
import json
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import DROP, STALL, Answer, Pause, ScriptedEngine, chunk, refuses, says, stream

REQUESTS = 20
OURS = ("dragoman.", "uvicorn.", "httptools.")


def request(body: dict[str, Any], path: str = "/v1/messages", *headers: str) -> bytes:
    data = json.dumps({"model": "scripted", "max_tokens": 9, "messages": MESSAGES, **body}).encode()
    lines = [f"POST {path} HTTP/1.1", "host: x", f"content-length: {len(data)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + data


MESSAGES = [{"role": "user", "content": "hi"}]
CLOSE = "connection: close"
SLOW = stream(*[step for _ in range(5) for step in (chunk(content="a"), Pause(0.01))], chunk(finish="stop"))
# What each client sends, what the engine does, and whether the client leaves when it has seen something.
TRAFFIC: dict[str, tuple[bytes, Any, bool]] = {
    "whole": (request({}, "/v1/messages", CLOSE), says("hi"), False),
    "streamed": (request({"stream": True}, "/v1/messages", CLOSE), says("hi", "there"), False),
    "several behind each other": (request({}) * 3 + request({}, "/v1/messages", CLOSE), says("hi"), False),
    "refused": (request({"messages": 5}, "/v1/messages", CLOSE), says("hi"), False),
    "counted": (request({}, "/v1/messages/count_tokens", CLOSE), says("hi"), False),
    "passed through": (request({"prompt": "hi"}, "/v1/completions", CLOSE), None, False),
    "refused by the engine": (request({}, "/v1/messages", CLOSE), refuses(400, "no"), False),
    "an engine that drops": (request({}, "/v1/messages", CLOSE), Answer(before=(DROP,)), False),
    "a client that leaves": (request({"stream": True}), stream(chunk(content="a"), STALL), True),
    "one that leaves others": (request({"stream": True}) * 4, SLOW, True),
}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with ScriptedEngine() as engine, gateway_before(engine.url) as gateway:
        yield engine, gateway


@pytest.mark.parametrize(("sent", "script", "leaves"), TRAFFIC.values(), ids=TRAFFIC)
def test_nothing_of_a_request_is_left_to_the_collector(
    pair: tuple[ScriptedEngine, RunningGateway], sent: bytes, script: Any, leaves: bool
) -> None:
    engine, gateway = pair
    engine.reset()
    engine.always(script)
    state = gateway.server.server_state
    before = len(state.connections)

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
            client.sendall(sent)
            while (seen := client.recv(65536)) and not (leaves and b"text_delta" in seen):
                pass

    def left() -> Counter[str]:
        for _ in range(REQUESTS):
            visit()
        until(lambda: len(state.connections) <= before and not gateway.gateway.visits)
        return garbage(gateway)

    gc.disable()
    try:
        both = left() & left()  # what another test left is found once
    finally:
        gc.enable()
    assert {what: count for what, count in both.items() if count >= REQUESTS // 2} == {}


def garbage(gateway: RunningGateway) -> Counter[str]:
    """What the collector finds of ours, by its kind."""

    async def collect() -> Counter[str]:
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            gc.collect()
            kinds = [f"{type(left).__module__}.{type(left).__qualname__}" for left in gc.garbage]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.collect()  # What was only listed is still there.
        return Counter(kind for kind in kinds if kind.startswith(OURS))

    return gateway.on_loop(collect)
