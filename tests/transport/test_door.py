"""The short way of the hot routes, over bare sockets: pipelining, old clients, faults of ours."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.journey.exchange import Exchange
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import STALL, ScriptedEngine, chunk, says, stream

ASK: dict[str, Any] = {"model": "scripted", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
LIMIT = 20_000


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with ScriptedEngine() as engine, gateway_before(engine.url, body_limit=LIMIT) as gateway:
        yield engine, gateway


@pytest.fixture
def engine(pair: tuple[ScriptedEngine, RunningGateway]) -> ScriptedEngine:
    pair[0].reset()
    return pair[0]


@pytest.fixture
def gateway(pair: tuple[ScriptedEngine, RunningGateway]) -> Iterator[RunningGateway]:
    yield pair[1]
    until(lambda: not pair[1].gateway.visits)


def request(body: bytes, *headers: str, path: str = "/v1/messages", version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "host: x", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def ask(text: str = "hi", **fields: Any) -> bytes:
    return json.dumps(ASK | {"messages": [{"role": "user", "content": text}]} | fields).encode()


class Line:
    """A client's connection, read answer by answer."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.socket = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def head(self) -> tuple[int, dict[str, str]]:
        status = self._file.readline()
        headers = {}
        while line := self._file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name] = value
        return int(status.split()[1]), headers

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, headers = self.head()
        return status, headers, self._file.read(int(headers["content-length"]))

    def rest(self) -> bytes:
        return self._file.read()


def test_requests_behind_each_other_are_answered_in_their_order(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.always(lambda asked: says(f"for {asked.body['messages'][-1]['content']}")(asked))
    with Line(gateway) as line:
        line.send(b"".join(request(ask(f"n{i}")) for i in range(30)))
        answers = [line.answer() for _ in range(30)]
    assert [json.loads(body)["content"][0]["text"] for _, _, body in answers] == [
        f"for n{i}" for i in range(30)
    ]
    assert len({headers["request-id"] for _, headers, _ in answers}) == 30


def test_many_refusals_behind_each_other_do_not_pile_up(gateway: RunningGateway) -> None:
    """Each is answered at once, so that the next one begins inside of it unless somebody takes care."""
    with Line(gateway) as line:
        line.send(request(b"{}") * 400)
        assert [line.answer()[0] for _ in range(400)] == [400] * 400


def test_pages_and_hot_routes_share_a_connection(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    page = b"GET /health/liveliness HTTP/1.1\r\nhost: x\r\n\r\n"
    with Line(gateway) as line:
        line.send(page + request(ask()) + page + request(b"nonsense") + page)
        assert [line.answer()[0] for _ in range(5)] == [200, 200, 200, 400, 200]


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_how_a_request_is_cut_changes_nothing(
    engine: ScriptedEngine, gateway: RunningGateway, step: int
) -> None:
    data = request(ask("x" * 300))
    with Line(gateway) as line:
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), step):
            line.send(data[start : start + step])
        assert line.answer()[0] == 200


def test_a_client_that_waits_for_leave_gets_it_or_the_refusal(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    head, _, body = request(ask(), "expect: 100-continue").partition(b"\r\n\r\n")
    with Line(gateway) as line:
        line.send(head + b"\r\n\r\n")
        assert line.head()[0] == 100
        line.send(body)
        assert line.answer()[0] == 200
    too_large = re.sub(rb"content-length: \d+", b"content-length: %d" % (LIMIT + 1), head)
    with Line(gateway) as line:
        line.send(too_large + b"\r\n\r\n")
        assert line.answer()[0] == 413


@pytest.mark.parametrize(
    ("headers", "version"), [(["connection: close"], "1.1"), ([], "1.0")], ids=["asked to", "of HTTP/1.0"]
)
@pytest.mark.parametrize("body", [ask(), b"nonsense"], ids=["good", "refused"])
def test_a_connection_that_is_not_to_be_kept_is_closed(
    engine: ScriptedEngine, gateway: RunningGateway, body: bytes, headers: list[str], version: str
) -> None:
    with Line(gateway) as line:
        line.send(request(body, *headers, version=version))
        _, answered, _ = line.answer()
        assert answered["connection"] == "close"
        assert line.rest() == b""


def test_a_fault_of_ours_is_a_500_with_the_id_and_the_next_request_is_served(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Exchange, body: bytes) -> Any:
        raise RuntimeError("secret inside")

    with Line(gateway) as line:
        with monkeypatch.context() as patched:
            patched.setattr(Exchange, "begin", broken)
            line.send(request(ask()))
            status, headers, body = line.answer()
        assert status == 500
        assert headers["request-id"] in json.loads(body)["error"]["message"]
        assert b"secret inside" not in body
        assert headers["request-id"] in caplog.text
        line.send(request(ask()))
        assert line.answer()[0] == 200


def test_a_fault_of_ours_in_a_stream_breaks_it_off_and_ends_the_engine_s_work(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Exchange, data: bytes, now: float) -> Any:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Exchange, "receive", broken)
    engine.next(stream(chunk(content="a"), STALL))
    with Line(gateway) as line:
        line.send(request(ask(stream=True)))
        assert line.head()[0] == 200
        said = line.rest()
    assert not said.endswith(b"0\r\n\r\n"), "the client must see that this was not the end"
    assert b"secret" not in said
    engine.chats()[0].wait_gone(2)


def test_requests_under_way_are_counted(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.next(stream(chunk(content="a"), STALL))
    with Line(gateway) as line:
        line.send(request(ask(stream=True)))
        engine.wait_chats(1)
        assert "dragoman_in_flight 1.0" in gateway.http.get("/metrics").text
    until(lambda: "dragoman_in_flight 0.0" in gateway.http.get("/metrics").text)
