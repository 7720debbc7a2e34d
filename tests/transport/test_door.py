"""The short way of the hot routes, over bare sockets: pipelining, old clients, faults of ours."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from dragoman.journey.exchange import Exchange
from dragoman.settings import Key
from dragoman.transport.door import Door
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import STALL, Pause, ScriptedEngine, chunk, says, stream

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


def buffered(gateway: RunningGateway) -> int:
    """Bytes of answers that wait in the gateway for somebody to read them."""
    connections = list(gateway.server.server_state.connections)
    return sum(c.transport.get_write_buffer_size() for c in connections if isinstance(c, Door))


def send_until_stuck(client: socket.socket, data: bytes) -> bytes:
    """What was not taken any more, within half a second, of what a client sends that reads nothing."""
    client.settimeout(0.5)
    rest = memoryview(data)
    with suppress(TimeoutError):
        while rest:
            rest = rest[client.send(rest) :]
    client.settimeout(20)
    return bytes(rest)


def test_answers_that_nobody_reads_hold_back_the_requests_behind_them(gateway: RunningGateway) -> None:
    """Each refusal repeats its request's long name of a model."""
    count = 4000
    with Line(gateway) as line:
        rest = send_until_stuck(line.socket, request(ask(model="x" * 15_000)) * count)
        assert rest, "60 MB of requests were taken although nobody read an answer"
        assert buffered(gateway) < 1_000_000
        sender = threading.Thread(target=line.send, args=(rest,))
        sender.start()
        assert [line.answer()[0] for _ in range(count)] == [404] * count
        sender.join()


def test_a_stream_behind_an_answer_that_nobody_reads_holds_its_engine_back(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.next(says("x" * 12_000_000))
    engine.always(lambda asked: says(*["y" * 8000] * (4000 if asked.body.get("stream") else 1))(asked))
    with Line(gateway) as line:
        line.send(request(ask()) + request(ask(stream=True), "connection: close"))
        until(lambda: buffered(gateway) > 1_000_000)
        before = buffered(gateway)
        for _ in range(100):  # others are served meanwhile, which takes as long as the machine is slow
            assert gateway.http.post("/v1/messages", content=ask()).status_code == 200
        assert buffered(gateway) < before + 1_000_000
        assert len(line.answer()[2]) > 12_000_000
        assert line.rest().count(b'"text_delta"') == 4000


def test_a_body_that_comes_while_its_answer_s_place_is_taken_comes_whole(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    """Its first part is taken while nobody reads the answer before it, the rest when somebody does."""
    engine.next(says("x" * 12_000_000))
    body = b"0" * (LIMIT + 200_000)
    with Line(gateway) as line:
        line.send(request(ask()))
        until(lambda: buffered(gateway) > 1_000_000)
        sender = threading.Thread(target=line.send, args=(b"".join((request(body), request(ask()))),))
        sender.start()
        assert len(line.answer()[2]) > 12_000_000
        assert line.answer()[0] == 413
        assert line.answer()[0] == 200
        sender.join()


@pytest.fixture
def hasty(engine: ScriptedEngine) -> Iterator[RunningGateway]:
    """A gateway that keeps no connection for long."""
    with gateway_before(engine.url, key="k") as hasty:
        hasty.server.config.timeout_keep_alive = 1
        yield hasty


@pytest.mark.parametrize("first", [b"nonsense", b"{}"])
def test_time_in_which_a_connection_is_kept_does_not_count_in_a_request(
    engine: ScriptedEngine, hasty: RunningGateway, first: bytes
) -> None:
    key = "x-api-key: k"
    engine.always(lambda asked: says("late")(asked).after(Pause(1.5)))
    with Line(hasty) as line:
        line.send(request(first, key) + request(ask(), key))
        assert line.answer()[0] == 400
        assert line.answer()[0] == 200
        began = time.monotonic()
        assert line.rest() == b""
        assert 0.5 < time.monotonic() - began < 5, "afterwards it is not kept for ever"


def test_a_page_of_an_origin_that_nobody_can_read_is_refused(gateway: RunningGateway) -> None:
    for origin in ("http://[", "https://[::1", "http://x]"):
        answer = gateway.http.post("/v1/messages", content=ask(), headers={"origin": origin})
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error"), answer.text


def test_a_request_that_cannot_be_counted_was_answered_all_the_same(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no room")

    with gateway_before(engine.url, keys=(Key("k", parallel=1),)) as counting, Line(counting) as line:
        monkeypatch.setattr(counting.gateway, "ended", broken)
        for body in (ask(), b"nonsense", ask(), ask()):
            line.send(request(body, "x-api-key: k"))
            assert line.answer()[0] == (400 if body == b"nonsense" else 200)
        limits = counting.gateway.gate._keys.find([b"k"]).replies  # type: ignore[union-attr]
        until(lambda: limits._under_way == 0)
    assert caplog.text.count("was answered, but not counted") == 4


@pytest.mark.parametrize("where", ["journey", "admit"])
def test_a_fault_before_the_journey_is_a_500_too(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    target = gateway.gateway if where == "journey" else gateway.gateway.gate
    with Line(gateway) as line:
        with monkeypatch.context() as patched:
            patched.setattr(target, where, broken)
            line.send(request(ask()))
            status, _, body = line.answer()
        assert status == 500
        assert json.loads(body)["error"]["type"] == "api_error"
        assert b"secret" not in body
        line.send(request(ask()))
        assert line.answer()[0] == 200


def test_a_fault_of_ours_gives_the_replica_s_place_back(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Exchange, status: int) -> Any:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Exchange, "answered", broken)
    for path in ("/v1/messages", "/v1/chat/completions"):
        assert gateway.http.post(path, content=ask()).status_code == 500
    assert [replica.in_flight for replica in gateway.gateway.pool.replicas] == [0]


def test_documents_that_cannot_be_read_for_a_fault_of_ours_are_a_500(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_documents: object) -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(gateway.gateway.outside.extractor, "texts", broken)
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
    content = [{"type": "document", "source": source}, {"type": "text", "text": "?"}]
    asked = {**ASK, "messages": [{"role": "user", "content": content}]}
    answer = gateway.http.post("/v1/messages", json=asked, timeout=5)
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")
    assert engine.chats() == []
