"""The counters, alone and as real requests move them."""

import re

from dragoman.metrics import Metrics
from dragoman.model.effects import Outcome
from dragoman.model.events import Usage
from tests.gateway import RunningGateway, until, value
from tests.scripted_engine import STALL, ScriptedEngine, refuses, says, stream


def test_an_outcome_is_counted() -> None:
    metrics = Metrics()
    outcome = Outcome(200, "complete", "m", usage=Usage(100, 7, 64), calls=2, first_token=3.0)
    metrics.count("anthropic", outcome, 1.0, 9.0)
    metrics.count("anthropic", Outcome(400, "refused"), 1.0, 1.5)
    page = metrics.page().decode()
    assert value(page, "dragoman_requests_total", model="m", status="200", ending="complete") == 1
    assert value(page, "dragoman_requests_total", model="none", status="400", ending="refused") == 1
    tokens = {
        kind: value(page, "dragoman_tokens_total", model="m", kind=kind)
        for kind in ("input", "cached", "output")
    }
    assert tokens == {"input": 100, "cached": 64, "output": 7}
    assert value(page, "dragoman_tool_calls_total", model="m") == 2
    assert value(page, "dragoman_request_seconds_sum", model="m") == 8
    assert value(page, "dragoman_first_token_seconds_sum", model="m") == 2
    assert value(page, "dragoman_first_token_seconds_count") == 1


def test_two_gateways_in_one_process_do_not_share_them() -> None:
    one, two = Metrics(), Metrics()
    one.count("anthropic", Outcome(200, "complete", "m"), 0.0, 1.0)
    assert value(two.page().decode(), "dragoman_requests_total") == 0


def test_real_requests_move_them(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    def page() -> str:
        return gateway.http.get("/metrics").text

    ask = {"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    tool = {"name": "run", "input_schema": {"type": "object"}}
    engine.next(says(calls=[("run", "{}")], cached=8))
    gateway.http.post("/v1/messages", json=ask | {"tools": [tool]})
    engine.next(refuses(400, "no"))
    gateway.http.post("/v1/chat/completions", json=ask)
    until(lambda: value(page(), "dragoman_requests_total") == 2)
    after = page()
    assert value(after, "dragoman_requests_total", wire="anthropic", model="scripted", status="200") == 1
    assert value(after, "dragoman_requests_total", wire="openai_chat", status="400", ending="refused") == 1
    assert value(after, "dragoman_tokens_total", kind="cached") == 8
    assert value(after, "dragoman_tool_calls_total") == 1

    engine.next(stream(STALL))
    with gateway.http.stream("POST", "/v1/messages", json=ask | {"stream": True}):
        until(lambda: value(page(), "dragoman_in_flight") == 1)
    until(lambda: value(page(), "dragoman_in_flight") == 0)
    until(lambda: value(page(), "dragoman_requests_total", ending="cancelled") == 1)


def test_nothing_that_a_client_wrote_becomes_a_label(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    for name in ("secret-1", 'a"b', "x" * 300):
        ask = {"model": name, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        assert gateway.http.post("/v1/messages", json=ask).status_code == 404
    page = gateway.http.get("/metrics").text
    assert set(re.findall(r'model="([^"]*)"', page)) == {"none"}
