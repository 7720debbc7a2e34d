"""It is reached, or it is said why not."""

import socket
import threading
from dataclasses import replace

import pytest

from dragoman.runtime.supervisor import free_port
from dragoman.verify.checks import reachable
from dragoman.verify.outcome import Outcome
from dragoman.verify.suite import known
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a proxy without a server behind it": (
        "",
        lambda x: x.answers(502, b"<html>Bad Gateway</html>", "text/html"),
        "says 502 of its health: a web page",
        FAILED,
    ),
    "a server that hangs up": ("", lambda x: setattr(x, "drop", True), "closed the connection", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("reachable")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("reachable", *FAULTS[fault])


def test_nothing_there_is_said(trying: Trying) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = trying.result("reachable", "", url)
    assert (result.outcome, result.detail) == (FAILED, f"nothing listens at {url}")
    assert "start the server" in result.mend


def test_a_page_of_health_that_wants_a_key_is_no_illness(trying: Trying) -> None:
    def guarded(exchange: Exchange) -> None:
        if exchange.path == "/health":
            exchange.answers(500, b"Internal Server Error", "text/plain")

    trying.meets("reachable", "", guarded, "Dragoman", Outcome.PASSED)


def test_what_is_no_http_is_said(trying: Trying) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=rubbish, args=(server,))
        thread.start()
        result = trying.result("reachable", "", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert result.outcome is FAILED
    assert "what is no HTTP" in result.detail


def rubbish(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def test_a_server_that_never_answers_is_given_up(trying: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(known(), "reachable", replace(known()["reachable"], limit=0.3))
    with socket.create_server(("127.0.0.1", 0)) as server:
        result = trying.result("reachable", "", f"http://127.0.0.1:{server.getsockname()[1]}")
    assert (result.outcome, result.detail) == (FAILED, "not done within 0.3 s: no answer to GET /health")


def test_a_server_may_go_without_a_name(trying: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable, "PATIENCE_S", 0.2)

    def slow(exchange: Exchange) -> None:
        exchange.answers(200, {})
        exchange.pause = 0.0 if exchange.path == "/health" else 0.5

    trying.meets("reachable", "", slow, "does not say what it is", Outcome.PASSED)


KINDS: dict[str, tuple[str, dict[str, str], str]] = {
    "vLLM": ("/version", {"version": "0.32.0"}, "vLLM 0.32.0"),
    "Ollama": ("/api/version", {"version": "0.9"}, "Ollama 0.9"),
    "LiteLLM": ("/health/readiness", {"status": "healthy", "db": "Not connected"}, "LiteLLM"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_is_known_by_its_pages(trying: Trying, kind: str) -> None:
    path, page, name = KINDS[kind]

    def only(exchange: Exchange) -> None:
        if exchange.path == path:
            exchange.answers(200, page)
        else:
            exchange.answers(200 if exchange.path == "/health" else 404, {})

    trying.spoiled.fault = only
    result = trying.result("reachable", "", trying.spoiled.url)
    assert (result.outcome, result.detail) == (Outcome.PASSED, name)
