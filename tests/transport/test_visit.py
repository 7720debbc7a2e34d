"""Request bodies: whole, in chunks, too large, cut short, and what their JSON may hold."""

import json
import socket
from collections.abc import Iterator

import pytest

from dragoman.model.errors import BadRequest, TooLarge
from dragoman.transport.visit import check_length
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import ScriptedEngine

LIMIT = 4000
ASK = {"model": "scripted", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}


def test_a_length_is_refused_where_it_is_too_large_or_no_number() -> None:
    check_length(b"10", 10)
    with pytest.raises(TooLarge, match="11 bytes"):
        check_length(b"11", 10)
    with pytest.raises(BadRequest, match="content-length"):
        check_length(b"-1", 10)


@pytest.fixture(scope="module")
def small() -> Iterator[RunningGateway]:
    """A gateway that takes small bodies only."""
    with ScriptedEngine() as engine, gateway_before(engine.url, body_limit=LIMIT) as gateway:
        yield gateway


def test_too_large_by_its_length_is_413_in_both_protocols(small: RunningGateway) -> None:
    body = json.dumps(ASK | {"padding": "x" * LIMIT}).encode()
    answer = small.http.post("/v1/messages", content=body)
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "request_too_large"
    assert f"{len(body)} bytes" in answer.json()["error"]["message"]
    openai = small.http.post("/v1/chat/completions", content=body)
    assert openai.status_code == 413
    assert str(LIMIT) in openai.json()["error"]["message"]
    assert small.http.post("/v1/messages", json=ASK).status_code == 200


def test_too_large_in_chunks_is_413(small: RunningGateway) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 1000

    answer = small.http.post("/v1/messages", content=pieces())
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "request_too_large"


def test_a_chunked_body_within_the_limit_is_served(small: RunningGateway) -> None:
    encoded = json.dumps(ASK).encode()
    answer = small.http.post("/v1/messages", content=iter([encoded[:9], encoded[9:]]))
    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["99999999999999999999", "1e3", "-5", "0x10"])
def test_a_strange_length_gets_an_answer_or_a_closed_connection(small: RunningGateway, length: str) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=5) as client:
        client.sendall(f"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode())
        head = client.recv(4096)
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")) or head == b""


def test_a_client_that_leaves_in_mid_body_leaves_nothing_behind(small: RunningGateway) -> None:
    before = small.tasks()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", small.port)) as client:
            client.sendall(b'POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{"model"')
    until(lambda: small.tasks() <= before)


# What is said of it must begin with the path; nothing here is a fault of the engine's or of ours.
WRONG: dict[str, tuple[bytes, str]] = {
    "an empty body": (b"", ""),
    "no JSON": (b"hello", ""),
    "JSON that ends early": (b'{"model": "scripted", "max_tokens": 5, "messages": [', ""),
    "a list": (b"[]", ""),
    "null": (b"null", ""),
    "bytes that are no UTF-8": (b'{"model": "\xff"}', ""),
    "no messages": (b'{"model": "scripted", "max_tokens": 5}', "$.messages"),
    "empty messages": (b'{"model": "scripted", "max_tokens": 5, "messages": []}', "$.messages"),
    "messages of a wrong type": (b'{"model": "scripted", "max_tokens": 5, "messages": "hi"}', "$.messages"),
    "a message of a wrong type": (
        b'{"model": "scripted", "max_tokens": 5, "messages": [1]}',
        "$.messages[0]",
    ),
    "content of a wrong type": (
        b'{"model": "scripted", "max_tokens": 5, "messages": [{"role": "user", "content": 5}]}',
        "$.messages[0].content",
    ),
    "a model that is a number": (
        b'{"model": 5, "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}',
        "$.model",
    ),
    "no model": (b'{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}', "$.model"),
    "max_tokens of zero": (
        b'{"model": "scripted", "max_tokens": 0, "messages": [{"role": "user", "content": "x"}]}',
        "$.max_tokens",
    ),
    "a temperature in words": (
        b'{"model": "scripted", "max_tokens": 5, "temperature": "hot",'
        b' "messages": [{"role": "user", "content": "x"}]}',
        "$.temperature",
    ),
    "tools of a wrong type": (
        b'{"model": "scripted", "max_tokens": 5, "tools": {},'
        b' "messages": [{"role": "user", "content": "x"}]}',
        "$.tools",
    ),
    "a choice of a tool that is not offered": (
        b'{"model": "scripted", "max_tokens": 5, "tools": [{"name": "a", "input_schema": {}}],'
        b' "tool_choice": {"type": "tool", "name": "b"}, "messages": [{"role": "user", "content": "x"}]}',
        "$.tool_choice",
    ),
    "nested deeper than anyone means it": (
        b'{"model": "scripted", "max_tokens": 5, "messages": ' + b"[" * 1500 + b"]" * 1500 + b"}",
        "",
    ),
}


@pytest.mark.parametrize(("body", "path"), WRONG.values(), ids=WRONG)
def test_a_client_s_mistake_is_a_400_that_says_where(small: RunningGateway, body: bytes, path: str) -> None:
    for route in ("/v1/messages", "/v1/messages/count_tokens"):
        if route.endswith("count_tokens") and path == "$.max_tokens":
            continue
        answer = small.http.post(route, content=body)
        assert answer.status_code == 400, (route, answer.text)
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.json()["error"]["message"].startswith(path), answer.text
    if path != "$.tool_choice":
        openai = small.http.post("/v1/chat/completions", content=body)
        assert openai.status_code == 400, openai.text
        assert openai.json()["error"]["type"] == "invalid_request_error"
