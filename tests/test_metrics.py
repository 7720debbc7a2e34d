"""The counters, alone and as real requests move them."""

import logging
import re
from typing import Any

import pytest

from dragoman.metrics import TOOLS, Metrics
from dragoman.model.effects import Outcome, ToolUse
from dragoman.model.events import Usage
from tests.gateway import RunningGateway, until, value
from tests.scripted_engine import STALL, ScriptedEngine, refuses, says, stream


def test_an_outcome_is_counted() -> None:
    metrics = Metrics()
    tools = {"Read": ToolUse(2, {"type": 1}), "": ToolUse(0, {"text": 1})}
    outcome = Outcome(200, "complete", "m", usage=Usage(100, 7, 64), calls=2, tools=tools, first_token=3.0)
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
    assert value(page, "dragoman_tool_calls_total", model="m", tool="Read") == 2
    assert value(page, "dragoman_tool_call_repairs_total", model="m", tool="Read", kind="type") == 1
    assert value(page, "dragoman_tool_call_repairs_total", model="m", tool="other", kind="text") == 1
    assert value(page, "dragoman_request_seconds_sum", model="m") == 8
    assert value(page, "dragoman_first_token_seconds_sum", model="m") == 2
    assert value(page, "dragoman_first_token_seconds_count") == 1


def test_changes_are_counted_by_kind_and_fields_never_by_name(
    engine: ScriptedEngine, gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dragoman")
    system = [{"type": "text", "text": "x-anthropic-billing-header: cc_version=1;"}]
    tools = [
        {"name": "run", "input_schema": {"type": "object"}},
        {"type": "code_execution_20250522", "name": "code_execution"},
    ]
    ask: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    odd = {f"field\n{index}": 1 for index in range(7)}
    body = ask | {"model": "scripted", "system": system, "tools": tools, "context_management": {}} | odd
    assert gateway.http.post("/v1/messages", json=body).status_code == 200
    assert gateway.http.post("/v1/messages", json=ask | {"model": "scripted"}).status_code == 200

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if "anthropic for" in record.getMessage()]

    until(lambda: len(lines()) == 2)
    changed, unchanged = lines()
    names = ", ".join(f"field?{index}" for index in range(5))
    assert changed.endswith(
        f"; changes: server_tool_removed 1, attribution_removed 1, unknown_field 7 ({names})."
    )
    assert unchanged.endswith("0 calls.")
    page = gateway.http.get("/metrics").text
    kinds = dict(re.findall(r'dragoman_changes_total\{kind="([^"]*)"\} (\S+)', page))
    assert kinds == {"attribution_removed": "1.0", "server_tool_removed": "1.0", "unknown_field": "7.0"}


def test_only_so_many_tools_are_told_apart() -> None:
    metrics = Metrics()
    odd = ("", "a b", "x" * 200, "汉字", 'a"b')
    for name in (*odd, *(f"tool-{number}" for number in range(TOOLS + 20))):
        for model in ("m", "n"):
            outcome = Outcome(200, "complete", model, tools={name: ToolUse(1, {"type": 1})})
            metrics.count("anthropic", outcome, 0.0, 1.0)
    page = metrics.page().decode()
    for counter in ("dragoman_tool_calls_total", "dragoman_tool_call_repairs_total"):
        labels = set(re.findall(rf'{counter}{{.*tool="([^"]*)"', page))
        assert labels == {"other", *(f"tool-{number}" for number in range(TOOLS))}
        assert value(page, counter, model="n", tool="other") == len(odd) + 20


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
    assert value(after, "dragoman_tool_calls_total", model="scripted", tool="run") == 1

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
