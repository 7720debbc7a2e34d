"""What passes between client and engine, over real HTTP: good answers, broken ones, silence, departures."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from dragoman.journey import answering, exchange
from tests.gateway import Events, RunningGateway, gateway_before, until
from tests.scripted_engine import (
    DROP,
    STALL,
    Answer,
    Asked,
    Pause,
    ScriptedEngine,
    Unframed,
    call_piece,
    chunk,
    event,
    refuses,
    says,
    stream,
    whole,
)

ASK: dict[str, Any] = {
    "model": "scripted",
    "max_tokens": 99,
    "messages": [{"role": "user", "content": "hi"}],
    "tools": [{"name": "run", "input_schema": {"type": "object", "properties": {"x": {"type": "string"}}}}],
}
CHAT_ASK: dict[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": "hi"}]}
PROMPT_S = 2.0
"""Within this time the engine must learn that nobody listens any more."""


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with ScriptedEngine() as engine, gateway_before(engine.url) as gateway:
        yield engine, gateway


@pytest.fixture
def engine(pair: tuple[ScriptedEngine, RunningGateway]) -> Iterator[ScriptedEngine]:
    """Fresh; afterwards nothing of the test may be left in the gateway."""
    engine, gateway = pair
    engine.reset()
    yield engine
    until(lambda: engine.busy == 0)
    until(lambda: gateway.tasks() <= IDLE_TASKS, 3)


IDLE_TASKS = 8
"""The server's own, the probe's, and what aiohttp keeps; each test's would come on top."""


@pytest.fixture
def gateway(pair: tuple[ScriptedEngine, RunningGateway]) -> RunningGateway:
    return pair[1]


def ask(gateway: RunningGateway, path: str = "/v1/messages", **fields: Any) -> httpx2.Response:
    return gateway.http.post(path, json=(ASK if "messages" in path else CHAT_ASK) | fields)


def ask_stream(gateway: RunningGateway, **fields: Any) -> list[tuple[str, Any]]:
    """All events of a streamed message."""
    with streaming(gateway, **fields) as events:
        return list(events)


@contextmanager
def streaming(gateway: RunningGateway, path: str = "/v1/messages", **fields: Any) -> Iterator[Events]:
    body = (ASK if "messages" in path else CHAT_ASK) | {"stream": True} | fields
    with gateway.http.stream("POST", path, json=body) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Events(response)


def kinds(events: list[tuple[str, Any]]) -> list[str]:
    return [kind for kind, _ in events]


def text_of(events: list[tuple[str, Any]]) -> str:
    return "".join(data["delta"].get("text", "") for kind, data in events if kind == "content_block_delta")


WHOLE_STREAM = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
]


@pytest.mark.requirement("CC-34")
@pytest.mark.requirement("CC-35")
def test_a_good_answer_streamed_and_whole(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.always(says("你好", ", ", "world"))
    events = ask_stream(gateway)
    assert [kind for kind in kinds(events) if kind != "content_block_delta"] == [
        kind for kind in WHOLE_STREAM if kind != "content_block_delta"
    ]
    assert all(kind == data["type"] for kind, data in events)
    assert text_of(events) == "你好, world"
    assert ask(gateway).json()["content"] == [{"type": "text", "text": "你好, world"}]


@pytest.mark.requirement("CC-09")
def test_accept_json_on_a_streamed_request_still_gets_events(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    body = ASK | {"stream": True}
    answer = gateway.http.post("/v1/messages", json=body, headers={"accept": "application/json"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("event: message_start\ndata: ")


def test_how_the_engine_cuts_its_bytes_changes_nothing(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    whole_answer = says("naïve 中文 text", calls=[("run", '{"x": "a\\"b</tool>"}')])

    def bytewise(asked: Asked) -> Answer:
        steps = whole_answer(asked).steps
        data = b"".join(step for step in steps if isinstance(step, bytes))
        return stream(*(data[i : i + 1] for i in range(len(data))), end=False)

    engine.next(whole_answer, bytewise)
    first, second = ask_stream(gateway), ask_stream(gateway)
    assert text_of(first) == text_of(second) == "naïve 中文 text"
    assert arguments_of(first) == arguments_of(second) == ['{"x": "a\\"b</tool>"}']


def arguments_of(events: list[tuple[str, Any]]) -> list[str]:
    """The JSON of each tool call, in order of the blocks."""
    calls = {
        data["index"]: ""
        for kind, data in events
        if kind == "content_block_start" and data["content_block"]["type"] == "tool_use"
    }
    for kind, data in events:
        if kind == "content_block_delta" and data["index"] in calls:
            calls[data["index"]] += data["delta"]["partial_json"]
    return list(calls.values())


@pytest.mark.requirement("CC-35")
@pytest.mark.requirement("CC-37")
@pytest.mark.requirement("CC-50")
def test_interleaved_fragments_become_one_block_after_the_other(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.next(
        stream(
            call_piece(0, name="run", id="same"),
            call_piece(1, name="run", id="same"),
            call_piece(1, '{"x": "two'),
            call_piece(0, '{"x": "o'),
            call_piece(1, '"}'),
            call_piece(0, 'ne"}'),
            chunk(finish="tool_calls"),
        )
    )
    events = ask_stream(gateway)
    assert arguments_of(events) == ['{"x": "one"}', '{"x": "two"}']
    starts = [data for kind, data in events if kind == "content_block_start"]
    assert [start["index"] for start in starts] == [0, 1]
    assert len({start["content_block"]["id"] for start in starts}) == 2
    opened = [kind for kind in kinds(events) if kind in ("content_block_start", "content_block_stop")]
    assert opened == ["content_block_start", "content_block_stop"] * 2
    assert events[-2][1]["delta"]["stop_reason"] == "tool_use"


# Script -> status and Anthropic's kind, OpenAI's status. The whole answer, so that nothing went out before.
REFUSALS: dict[str, tuple[Answer, int, str, int]] = {
    "it closes the connection before it answers": (Answer(before=(DROP,)), 502, "api_error", 502),
    "it speaks no HTTP": (Answer(before=(Unframed(b"SSH-2.0-OpenSSH_9\r\n\r\n"),)), 502, "api_error", 502),
    "it answers with a page": (Answer((b"<html>hi</html>",)), 502, "api_error", 502),
    "it answers with nothing": (Answer(()), 502, "api_error", 502),
    "it answers with JSON of something else": (whole({"ok": True}), 502, "api_error", 502),
    "it breaks off in the middle": (
        Answer((b'{"choices": [{"mess', DROP), headers={"content-length": "500"}),
        502,
        "api_error",
        502,
    ),
    "a 200 that holds an error": (whole({"error": {"message": "no", "code": 500}}), 502, "api_error", 502),
    "500": (refuses(500, "EngineCore encountered an issue"), 502, "api_error", 502),
    "a page at 500": (Answer((b"<html>Oops</html>",), 500), 502, "api_error", 502),
    "its own key is refused": (whole({"error": "Unauthorized"}, 401), 502, "api_error", 502),
    "404": (refuses(404, "The model `scripted` does not exist."), 502, "api_error", 502),
    "a redirect": (Answer(status=302, headers={"location": "http://127.0.0.1:1/"}), 502, "api_error", 502),
    "its queue is full": (refuses(503, "The engine is currently busy"), 529, "overloaded_error", 503),
    "it limits the rate": (refuses(429, "slow down", {"retry-after": "9"}), 529, "overloaded_error", 503),
    "it refuses the request": (refuses(400, "temperature must be >= 0"), 400, "invalid_request_error", 400),
}


@pytest.mark.requirement("CC-51")
@pytest.mark.requirement("CC-55")
@pytest.mark.parametrize(("script", "status", "kind", "openai"), REFUSALS.values(), ids=REFUSALS)
def test_an_engine_that_fails_before_its_answer(
    engine: ScriptedEngine, gateway: RunningGateway, script: Answer, status: int, kind: str, openai: int
) -> None:
    engine.always(script)
    answer = ask(gateway)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind), answer.text
    assert answer.json()["request_id"] == answer.headers["request-id"]
    if status == 529:
        assert 0 < int(answer.headers["retry-after"]) <= 60
    chat = ask(gateway, "/v1/chat/completions")
    assert chat.status_code == openai, chat.text
    assert chat.json()["error"]["message"]
    engine.always(None)
    assert ask(gateway).status_code == 200


@pytest.mark.parametrize(
    ("script", "status", "kind"),
    [(script, status, kind) for script, status, kind, _ in REFUSALS.values() if script.status != 200],
    ids=[name for name, row in REFUSALS.items() if row[0].status != 200],
)
def test_a_streamed_request_that_is_refused_gets_a_status(
    engine: ScriptedEngine, gateway: RunningGateway, script: Answer, status: int, kind: str
) -> None:
    engine.always(script)
    answer = ask(gateway, stream=True)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)


TEXT = (chunk(role="assistant", content=""), chunk(content="Hel"))
CALL = (call_piece(0, name="run", id="c"), call_piece(0, '{"x": "1"}'))
SECOND = (call_piece(1, name="run", id="d"), call_piece(1, '{"x": "'))
FAILURE = event({"error": {"message": "EngineCore encountered an issue.", "code": 500}})

# Streamed answers that break: the steps, the kinds of events that the client gets, the error's kind.
ERROR_AFTER_NOTHING = ["message_start", "error"]
ERROR_IN_FIRST = ["message_start", "content_block_start", "content_block_delta", "error"]
CLOSED = ["content_block_stop"]
BREAKS: dict[str, tuple[Answer, list[str], str]] = {
    "rubbish instead of events": (
        stream(b"<html></html>\n\n", end=False),
        ERROR_AFTER_NOTHING,
        "overloaded_error",
    ),
    "no event at all": (stream(end=False), ERROR_AFTER_NOTHING, "overloaded_error"),
    "an event that is no JSON": (stream(*TEXT, b"data: {oops\n\n"), ERROR_IN_FIRST, "overloaded_error"),
    "an error inside the stream": (stream(*TEXT, FAILURE), ERROR_IN_FIRST, "overloaded_error"),
    "a cut between events": (stream(*TEXT, DROP, end=False), ERROR_IN_FIRST, "overloaded_error"),
    "a cut inside an event": (
        stream(*TEXT, b'data: {"cho', DROP, end=False),
        ERROR_IN_FIRST,
        "overloaded_error",
    ),
    "a clean end without a reason": (stream(*TEXT, end=False), ERROR_IN_FIRST, "overloaded_error"),
    "DONE without a reason": (
        stream(*TEXT, b"data: [DONE]\n\n", end=False),
        ERROR_IN_FIRST,
        "overloaded_error",
    ),
    "a failure in the second block": (
        stream(chunk(reasoning="hm"), *TEXT, FAILURE),
        [*ERROR_IN_FIRST[:3], "content_block_delta", *CLOSED, *ERROR_IN_FIRST[1:3], *CLOSED, "error"],
        "api_error",
    ),
    "a failure inside the first call": (stream(CALL[0], DROP, end=False), [], "overloaded_error"),
}


@pytest.mark.requirement("CC-39")
@pytest.mark.requirement("CC-57")
@pytest.mark.requirement("CC-58")
@pytest.mark.parametrize(("script", "expected", "kind"), BREAKS.values(), ids=BREAKS)
def test_a_stream_that_breaks_is_never_a_silent_clean_end(
    engine: ScriptedEngine, gateway: RunningGateway, script: Answer, expected: list[str], kind: str
) -> None:
    engine.always(script)
    events = ask_stream(gateway)
    assert events[-1][0] == "error"
    assert events[-1][1]["error"]["type"] == kind
    assert not {"message_delta", "message_stop"} & set(kinds(events))
    unclosed = kinds(events).count("content_block_start") - kinds(events).count("content_block_stop")
    # Closed, the first block would make Claude Code end the turn instead of asking again.
    assert unclosed == (kind == "overloaded_error" and "content_block_start" in kinds(events))
    if expected:
        assert kinds(events) == expected

    with streaming(gateway, "/v1/chat/completions") as chunks:
        last = list(chunks)[-1][1]
    assert last != "[DONE]"
    assert last["error"]["message"]


@pytest.mark.requirement("CC-58")
@pytest.mark.parametrize(
    "ending", [(DROP,), (FAILURE,), (*SECOND, DROP)], ids=["cut", "error", "in the next"]
)
def test_a_break_after_a_whole_call_ends_well(
    engine: ScriptedEngine, gateway: RunningGateway, ending: tuple[Any, ...]
) -> None:
    engine.next(stream(*CALL, *ending, end=False))
    events = ask_stream(gateway)
    assert arguments_of(events)[0] == '{"x": "1"}'
    assert kinds(events)[-2:] == ["message_delta", "message_stop"]
    assert events[-2][1]["delta"]["stop_reason"] == "tool_use"
    assert kinds(events).count("content_block_start") == kinds(events).count("content_block_stop")


def test_an_engine_that_is_gone_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with ScriptedEngine() as engine:
        running = gateway_before(engine.url)
        gateway = running.__enter__()
    try:
        for path in ("/v1/messages", "/v1/chat/completions"):
            for streamed in (True, False):
                answer = ask(gateway, path, stream=streamed)
                assert answer.status_code == 502
                assert engine.url in answer.json()["error"]["message"]
                assert "Traceback" not in answer.text
        assert ask(gateway, "/v1/messages/count_tokens").json()["input_tokens"] > 0
    finally:
        running.__exit__(None, None, None)


@pytest.mark.requirement("CC-60")
@pytest.mark.requirement("CC-61")
@pytest.mark.requirement("CC-62")
def test_silence_is_filled_while_the_engine_withholds_its_head(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 0.1)
    monkeypatch.setattr(answering, "PING", 0.05)
    monkeypatch.setattr(answering, "PULSE", 0.22)
    engine.next(lambda asked: says("late")(asked).after(Pause(0.9)))
    seen: list[tuple[float, str, Any]] = []
    began = time.monotonic()
    with streaming(gateway) as events:
        for kind, data in events:
            seen.append((time.monotonic() - began, kind, data))
    order = [kind for _, kind, _ in seen]
    assert order[0] == "message_start"
    assert seen[0][0] < 0.85, "it waited for the head of the engine"
    assert order.count("ping") >= 4
    pulses = [data for _, kind, data in seen if kind == "message_delta"][:-1]
    assert len(pulses) >= 2
    assert all(pulse["delta"]["stop_reason"] is None and "usage" in pulse for pulse in pulses)
    assert text_of([(kind, data) for _, kind, data in seen]) == "late"
    assert order[-2:] == ["message_delta", "message_stop"]


@pytest.mark.requirement("CC-61")
def test_silence_is_filled_in_the_middle_of_a_block(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "PING", 0.05)
    engine.next(stream(*TEXT, Pause(0.4), chunk(content="lo"), chunk(finish="stop")))
    events = ask_stream(gateway)
    inside = kinds(events)[kinds(events).index("content_block_start") :]
    assert inside[: inside.index("content_block_stop")].count("ping") >= 3
    assert text_of(events) == "Hello"

    engine.next(stream(*TEXT, Pause(0.4), chunk(content="lo"), chunk(finish="stop")))
    with gateway.http.stream("POST", "/v1/chat/completions", json=CHAT_ASK | {"stream": True}) as answer:
        assert answer.read().count(b": ping\n\n") >= 3


@pytest.mark.requirement("CC-57")
def test_an_error_after_the_head_went_out_early_is_an_event(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 0.05)
    engine.next(refuses(500, "it broke").after(Pause(0.3)))
    events = ask_stream(gateway)
    assert kinds(events) == ["message_start", "error"]
    assert events[-1][1]["error"]["type"] == "overloaded_error"


@pytest.mark.requirement("CC-63")
def test_an_engine_that_never_answers_is_given_up(engine: ScriptedEngine) -> None:
    engine.always(Answer(before=(STALL,)))
    with gateway_before(engine.url, timeout=0.3, whole_timeout=0.3) as impatient:
        for path in ("/v1/messages", "/v1/chat/completions"):
            for streamed in (False, True):
                answer = ask(impatient, path, stream=streamed)
                assert answer.status_code == 504, answer.text
                assert "did not answer within" in answer.json()["error"]["message"]
        for asked in engine.chats():
            asked.wait_gone(PROMPT_S)


def test_a_whole_answer_that_stops_coming_is_given_up(engine: ScriptedEngine) -> None:
    engine.always(Answer((b'{"choices": [', STALL), headers={"content-length": "500"}))
    with gateway_before(engine.url, whole_timeout=0.3) as impatient:
        assert ask(impatient).status_code == 504
        engine.chats()[0].wait_gone(PROMPT_S)


def connect(gateway: RunningGateway, path: str, body: dict[str, Any]) -> socket.socket:
    """A request on a bare socket, which can be left in ways that no HTTP client offers."""
    encoded = json.dumps(body).encode()
    client = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(encoded)}\r\n\r\n"
    client.sendall(head.encode() + encoded)
    return client


def leave(client: socket.socket, read_until: bytes, reset: bool = False) -> float:
    """Read until something has come, then go away; when (monotonic)."""
    seen = b""
    while read_until and read_until not in seen:
        data = client.recv(65536)
        assert data, seen
        seen += data
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    return time.monotonic()


DEPARTURES: dict[str, tuple[Answer, bool, bytes]] = {
    "streamed, in the middle": (stream(*TEXT, STALL), True, b"Hel"),
    "streamed, before the first byte": (Answer(before=(STALL,)), True, b""),
    "streamed, after the engine's head": (stream(STALL), True, b"message_start"),
    "whole, before the engine's head": (Answer(before=(STALL,)), False, b""),
    "whole, in the middle": (Answer((b'{"cho', STALL), headers={"content-length": "99"}), False, b""),
}


@pytest.mark.requirement("CC-44")
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(("script", "streamed", "seen"), DEPARTURES.values(), ids=DEPARTURES)
def test_a_client_that_goes_away_ends_the_engine_s_work_at_once(
    engine: ScriptedEngine, gateway: RunningGateway, script: Answer, streamed: bool, seen: bytes, reset: bool
) -> None:
    engine.next(script)
    client = connect(gateway, "/v1/messages", ASK | {"stream": streamed})
    asked = engine.wait_chats(1)[0]
    went = leave(client, seen, reset)
    assert asked.wait_gone() - went < PROMPT_S


@pytest.mark.requirement("CC-44")
def test_a_client_that_goes_away_after_pings_began(
    engine: ScriptedEngine, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 0.05)
    monkeypatch.setattr(answering, "PING", 0.05)
    engine.next(Answer(before=(STALL,)))
    went = leave(connect(gateway, "/v1/messages", ASK | {"stream": True}), b"event: ping")
    assert engine.wait_chats(1)[0].wait_gone() - went < PROMPT_S


def test_a_client_that_goes_away_while_the_prompt_is_counted(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.next(Answer(before=(STALL,)), path="/tokenize")
    client = connect(gateway, "/v1/messages/count_tokens", ASK)
    until(lambda: any(asked.path == "/tokenize" for asked in engine.asked))
    went = leave(client, b"")
    assert next(a for a in engine.asked if a.path == "/tokenize").wait_gone() - went < PROMPT_S


def test_a_client_that_reads_slowly_holds_the_engine_back_and_loses_nothing(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    pieces = [f"{i:06d}" + "x" * 8000 for i in range(4000)]
    engine.next(says(*pieces))
    client = connect(gateway, "/v1/messages", ASK | {"stream": True})
    asked = engine.wait_chats(1)[0]
    assert not asked.answered.wait(0.7), "32 MB went somewhere although nobody read them"
    received = bytearray()
    with client:
        while data := client.recv(1 << 20):
            received += data
    assert received.count(b'"text_delta"') == len(pieces)
    assert all(received.find(b'"text":"%06d' % i) >= 0 for i in range(0, len(pieces), 97))
    assert b"event: message_stop" in received


@pytest.mark.requirement("CC-36")
@pytest.mark.requirement("CC-68")
def test_many_requests_at_once_are_not_mixed(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    def echo(asked: Asked) -> Answer:
        name = asked.body["messages"][-1]["content"]
        return says(f"for {name}", calls=[("run", json.dumps({"x": name}))])(asked)

    engine.always(echo)

    def one(number: int) -> tuple[str, str, str]:
        fields: Any = {"messages": [{"role": "user", "content": f"n{number}"}], "stream": number % 2 == 0}
        if not fields["stream"]:
            body = ask(gateway, **fields).json()
            text, call = body["content"]
            return body["id"], text["text"], call["input"]["x"]
        events = ask_stream(gateway, **fields)
        ident = events[0][1]["message"]["id"]
        return ident, text_of(events), json.loads(arguments_of(events)[0])["x"]

    with ThreadPoolExecutor(24) as threads:
        results = list(threads.map(one, range(120)))
    assert [text for _, text, _ in results] == [f"for n{i}" for i in range(120)]
    assert [x for _, _, x in results] == [f"n{i}" for i in range(120)]
    assert len({ident for ident, _, _ in results}) == 120


def test_connections_to_the_engine_are_used_again(engine: ScriptedEngine) -> None:
    with gateway_before(engine.url) as fresh:
        for _ in range(5):
            ask(fresh)
            ask_stream(fresh)
            ask(fresh, "/v1/messages/count_tokens")
            ask(fresh, "/v1/chat/completions")
        engine.next(refuses(400, "no"))
        ask(fresh)
        ask(fresh)
    # A request that comes while the end of an engine's answer is awaited takes a connection of its own.
    assert len({id(asked.connection) for asked in engine.asked}) <= 4
    assert len(engine.asked) >= 22


def test_a_connection_that_the_engine_closed_while_idle_costs_no_request(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    """Engines close idle connections; a request sent on one that is just closing is sent again."""
    for _ in range(3):
        ask(gateway)
        transport: Any = engine.chats()[-1].connection
        engine.call(transport.close)
        assert ask(gateway).status_code == 200


@pytest.mark.requirement("CC-08")
def test_only_what_the_engine_needs_is_sent_to_it(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    headers = {
        "anthropic-beta": "context-1m-2025-08-07,unknown-2030-01-01",
        "x-api-key": "secret",
        "authorization": "Bearer secret",
        "cookie": "a=b",
        "x-claude-code-session-id": "s",
    }
    assert gateway.http.post("/v1/messages?beta=true", json=ASK, headers=headers).status_code == 200
    sent = engine.chats()[-1]
    assert {name.lower() for name in sent.headers} <= {
        "host",
        "accept",
        "content-type",
        "content-length",
        "user-agent",
    }
    assert b"secret" not in sent.raw


def test_a_stream_may_outlast_the_time_in_which_it_must_begin(engine: ScriptedEngine) -> None:
    engine.next(stream(*TEXT, Pause(0.8), chunk(content="lo"), chunk(finish="stop")))
    with gateway_before(engine.url, timeout=0.4, whole_timeout=0.4) as impatient:
        assert text_of(ask_stream(impatient)) == "Hello"


def test_a_stop_lets_an_open_stream_end(engine: ScriptedEngine) -> None:
    engine.next(stream(*TEXT, STALL, chunk(content="lo"), chunk(finish="stop")))
    with gateway_before(engine.url) as stopping, streaming(stopping) as events:
        received = iter(events)
        seen = [next(received) for _ in range(3)]
        stopper = threading.Thread(target=stopping.stop)
        stopper.start()
        until(lambda: not can_connect(stopping.port))
        engine.release()
        seen += received
        stopper.join(10)
    assert text_of(seen) == "Hello"
    assert seen[-1][0] == "message_stop"


def test_a_stop_ends_a_stream_that_does_not_end(engine: ScriptedEngine) -> None:
    engine.next(stream(*TEXT, STALL))
    with gateway_before(engine.url) as stopping:
        stopping.server.config.timeout_graceful_shutdown = 1
        with streaming(stopping) as events:
            received = iter(events)
            seen = [next(received) for _ in range(3)]
            stopping.stop()
            broke = drain(received, seen.append)
        assert "message_stop" not in kinds(seen)
        assert broke or seen[-1][0] == "error"
        engine.chats()[0].wait_gone(PROMPT_S)


def drain(received: Iterator[tuple[str, Any]], take: Callable[[tuple[str, Any]], None]) -> bool:
    """Take all that still comes; whether the connection broke instead of ending."""
    try:
        for item in received:
            take(item)
    except httpx2.TransportError:
        return True
    return False


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
