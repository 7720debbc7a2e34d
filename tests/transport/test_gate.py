"""Keys, request ids, paths and the shape of errors, over real HTTP."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dragoman.model.errors import BadRequest
from dragoman.transport.gate import Gate, route_path
from dragoman.transport.keys import Keyring
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import ScriptedEngine

KEY = "correct horse"
BEARER = {"authorization": f"Bearer {KEY}"}
ANTHROPIC = {"anthropic-version": "2023-06-01"}
ASK = {"model": "scripted", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}

ROUTES = [
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/scripted"),
    ("GET", "/metrics"),
    ("GET", "/nowhere"),
    ("POST", "/v1/nowhere"),
]
PUBLIC = ["/", "/health/liveliness", "/health/liveness", "/health/readiness"]


@pytest.fixture(scope="module")
def locked() -> Iterator[RunningGateway]:
    """A gateway with a key."""
    with ScriptedEngine() as engine, gateway_before(engine.url, key=KEY) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def unlocked() -> Iterator[RunningGateway]:
    """A gateway without one."""
    with ScriptedEngine() as engine, gateway_before(engine.url) as gateway:
        yield gateway


def send(gateway: RunningGateway, method: str, path: str, **more: Any) -> httpx2.Response:
    return gateway.http.request(method, path, json=ASK if method == "POST" else None, **more)


ADMITTED: dict[str, list[tuple[str, str]]] = {
    "the key as x-api-key": [("x-api-key", KEY)],
    "the key as Bearer": [("authorization", f"Bearer {KEY}")],
    "the scheme in small letters": [("authorization", f"bearer {KEY}")],
    "both headers right": [("x-api-key", KEY), ("authorization", f"Bearer {KEY}")],
    "x-api-key right, Bearer wrong": [("x-api-key", KEY), ("authorization", "Bearer no")],
    "x-api-key wrong, Bearer right": [("x-api-key", "no"), ("authorization", f"Bearer {KEY}")],
}
REFUSED: dict[str, list[tuple[str, str]]] = {
    "no key": [],
    "a wrong x-api-key": [("x-api-key", "no")],
    "a wrong Bearer": [("authorization", "Bearer no")],
    "both wrong": [("x-api-key", "no"), ("authorization", "Bearer nor this")],
    "the beginning of the key": [("x-api-key", KEY[:-1])],
    "the key and more": [("x-api-key", KEY + "x")],
    "the key as Basic": [("authorization", f"Basic {KEY}")],
    "an empty key": [("x-api-key", "")],
    "an empty Bearer": [("authorization", "Bearer")],
    "a key beyond ASCII": [("x-api-key", "schlüssel".encode().decode("latin-1"))],
}


@pytest.mark.requirement("CC-06")
@pytest.mark.parametrize("headers", ADMITTED.values(), ids=ADMITTED)
def test_a_right_key_comes_in_on_every_route(locked: RunningGateway, headers: list[tuple[str, str]]) -> None:
    for method, path in ROUTES:
        answer = send(locked, method, path, headers=httpx2.Headers(headers))
        assert answer.status_code == (404 if "nowhere" in path else 200), (path, answer.text)
        assert re.fullmatch(r"req_[0-9a-f]{24}", answer.headers["request-id"])


@pytest.mark.requirement("CC-07")
@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_any_other_key_is_refused_on_every_route(
    locked: RunningGateway, headers: list[tuple[str, str]]
) -> None:
    encoded = [(name, value.encode("latin-1")) for name, value in headers]
    for method, path in ROUTES:
        check_refusal(locked, method, path, encoded)


def check_refusal(locked: RunningGateway, method: str, path: str, encoded: list[tuple[str, bytes]]) -> None:
    """In the shape of the caller's protocol."""
    answer = send(locked, method, path, headers=[*encoded, ("anthropic-version", b"2023-06-01")])
    assert answer.status_code == 401
    body = answer.json()
    assert body["type"] == "error"
    assert body["error"]["type"] == "authentication_error"
    assert body["request_id"] == answer.headers["request-id"]
    assert KEY not in answer.text

    if path != "/v1/messages" and "count_tokens" not in path:
        openai = send(locked, method, path, headers=encoded)
        assert openai.status_code == 401
        assert openai.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_need_no_key(locked: RunningGateway, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = send(locked, method, path)
        assert answer.status_code == 200
        assert "request-id" in answer.headers


@pytest.mark.requirement("CC-01")
@pytest.mark.parametrize(
    "path", ["/", "/gw/anthropic/", "/v1/messages", "/v1/models", "/metrics", "/nowhere"]
)
def test_head_is_answered_without_key_and_tells_nothing(locked: RunningGateway, path: str) -> None:
    answer = send(locked, "HEAD", path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers.get("content-length", "0") == "0" or path == "/"


PATHS = {
    "/v1/messages": "/v1/messages",
    "/messages": "/v1/messages",
    "/chat/completions": "/v1/chat/completions",
    "/messages/count_tokens": "/v1/messages/count_tokens",
    "/models/a/b": "/v1/models/a/b",
    "/gw/anthropic/v1/messages": "/v1/messages",
    "/v1/v1/messages": "/v1/messages",
    "/health/liveliness": "/health/liveliness",
    "/messagesque": "/messagesque",
    "/": "/",
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_as_routes_know_them(path: str) -> None:
    assert route_path(path) == PATHS[path]


@pytest.mark.requirement("CC-02")
@pytest.mark.parametrize("prefix", ["", "/v1", "/gw/anthropic/v1"])
@pytest.mark.parametrize("query", ["", "?beta=true"])
@pytest.mark.parametrize("path", ["/messages", "/messages/count_tokens", "/chat/completions", "/models"])
def test_every_route_answers_with_and_without_v1_and_below_a_prefix(
    unlocked: RunningGateway, prefix: str, path: str, query: str
) -> None:
    answer = send(unlocked, "GET" if path == "/models" else "POST", prefix + path + query)
    assert answer.status_code == 200, answer.text


@pytest.mark.requirement("CC-51")
@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nowhere", 404, "not_found_error"),
        ("POST", "/nowhere", 404, "not_found_error"),
        ("GET", "/v1/messages", 405, "invalid_request_error"),
        ("DELETE", "/v1/models", 405, "invalid_request_error"),
        ("PUT", "/v1/chat/completions", 405, "invalid_request_error"),
        ("POST", "/metrics", 405, "invalid_request_error"),
    ],
)
def test_errors_of_routing_speak_both_protocols(
    unlocked: RunningGateway, method: str, path: str, status: int, kind: str
) -> None:
    answer = send(unlocked, method, path, headers=ANTHROPIC)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["type"] == kind
    assert answer.json()["request_id"] == answer.headers["request-id"]
    if not path.startswith("/v1/messages"):
        body = send(unlocked, method, path).json()
        assert set(body["error"]) == {"message", "type", "param", "code"}


ORIGINS = {
    "no origin: not a browser": (None, 200),
    "a page of this machine": ("http://localhost:3000", 200),
    "a page of this machine by number": ("http://127.0.0.1:8080", 200),
    "an editor's own scheme": ("vscode-webview://abc", 200),
    "a page of the internet": ("https://evil.example", 403),
    "a page that calls itself localhost": ("https://localhost.evil.example", 403),
}


@pytest.mark.parametrize(("origin", "status"), ORIGINS.values(), ids=ORIGINS)
def test_without_a_key_pages_of_strangers_stay_out(
    unlocked: RunningGateway, origin: str | None, status: int
) -> None:
    for method, path in ROUTES[:6]:
        answer = send(unlocked, method, path, headers={"origin": origin} if origin else {})
        assert answer.status_code == status
        if status == 403:
            assert "evil.example" in answer.json()["error"]["message"]


def test_with_a_key_the_key_decides_whatever_the_origin(locked: RunningGateway) -> None:
    headers = {**BEARER, "origin": "https://evil.example"}
    assert send(locked, "POST", "/v1/messages", headers=headers).status_code == 200


def test_ids_are_new_for_each_request(unlocked: RunningGateway) -> None:
    ids = {unlocked.http.get("/").headers["request-id"] for _ in range(20)}
    assert len(ids) == 20


async def collect(gate: Gate, path: str = "/v1/messages") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    await gate(scope, receive, send)
    return sent


def test_a_fault_of_ours_becomes_a_500_with_the_id_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret inside")

    start, body = asyncio.run(collect(Gate(broken, Keyring(), lambda prefix: prefix + "7")))
    assert start["status"] == 500
    assert (b"request-id", b"req_7") in start["headers"]
    said = json.loads(body["body"])
    assert said["error"]["type"] == "api_error"
    assert "req_7" in said["error"]["message"]
    assert b"secret inside" not in body["body"]
    assert "req_7" in caplog.text


def test_an_error_of_the_application_takes_its_own_status() -> None:
    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        raise BadRequest("$.x: wrong")

    start, body = asyncio.run(
        collect(Gate(refuses, Keyring(), lambda prefix: prefix), "/v1/chat/completions")
    )
    assert start["status"] == 400
    assert json.loads(body["body"])["error"]["param"] == "x"
