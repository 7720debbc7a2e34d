"""Counting a prompt: one call at most, and an answer always."""

import json
from typing import Any

import pytest

from dragoman.journey.counting import TIMEOUT, Counting
from dragoman.model.engine import EngineFacts
from tests.journey.test_constraining import pool_of as constrained_pool
from tests.journeys import START, Driven, asking, pool_of, says

COUNTED: dict[str, Any] = {"model": "claude-x", "messages": [{"role": "user", "content": "x" * 400}]}


def driven(replicas: int = 1) -> Driven:
    return Driven(pool_of(replicas), make=Counting)


@pytest.mark.requirement("CC-04")
def test_the_engines_own_count() -> None:
    counting = driven().begin(COUNTED)
    assert counting.paths == ["0/tokenize"]
    assert counting.wait == START + TIMEOUT
    counting.answer(200, {"count": 111})
    assert json.loads(counting.out) == {"input_tokens": 111}
    assert counting.outcome is not None
    assert (counting.outcome.status, counting.outcome.ending) == (200, "complete")


ESTIMATED = {
    "no such route": (404, b'{"detail":"Not Found"}', False),
    "no such method": (405, b"", False),
    "rubbish": (200, b"<html>", True),
    "a failure": (500, b"boom", True),
    "a refusal": (400, json.dumps(says("no")).encode(), True),
}


@pytest.mark.parametrize(("status", "body", "asked_again"), ESTIMATED.values(), ids=ESTIMATED)
def test_an_estimate_where_the_engine_does_not_say(status: int, body: bytes, asked_again: bool) -> None:
    counting = driven().begin(COUNTED).answer(status, body)
    assert 100 <= json.loads(counting.out)["input_tokens"] <= 150
    assert counting.pool.replicas[0].tokenize is asked_again


def test_a_failure_does_not_bring_back_a_route_that_is_not_there() -> None:
    counting = driven().begin(COUNTED)
    counting.pool.replicas[0].tokenize = False
    counting.end("reset")
    assert counting.outcome is not None
    assert not counting.pool.replicas[0].tokenize


def test_an_estimate_without_a_call() -> None:
    counting = driven()
    counting.pool.replicas[0].tokenize = False
    counting.begin(COUNTED)
    assert counting.calls == []
    assert json.loads(counting.out)["input_tokens"] > 0


def test_an_estimate_in_time() -> None:
    counting = driven().begin(COUNTED).pass_time(TIMEOUT)
    assert counting.alive is None
    assert json.loads(counting.out)["input_tokens"] > 0
    assert counting.journey.upstream_closed("late") == []
    assert counting.journey.tick(counting.now) == []


def test_a_client_that_leaves() -> None:
    counting = driven().begin(COUNTED).leave()
    assert counting.outcome is not None
    assert counting.outcome.status == 499
    assert counting.journey.client_closed() == []


REFUSED: dict[str, tuple[dict[str, Any] | bytes, int, str]] = {
    "no JSON": (b"{", 400, "invalid_request_error"),
    "a wrong type": (COUNTED | {"messages": 5}, 400, "invalid_request_error"),
    "an unknown model": (COUNTED | {"model": "gpt"}, 404, "not_found_error"),
}


@pytest.mark.parametrize(("body", "status", "kind"), REFUSED.values(), ids=REFUSED)
def test_refused(body: dict[str, Any] | bytes, status: int, kind: str) -> None:
    counting = driven().begin(body)
    assert counting.outcome is not None
    assert counting.outcome.status == status
    assert counting.error["type"] == kind


def test_before_the_first_probe() -> None:
    counting = driven(replicas=0).begin(COUNTED)
    assert counting.outcome is not None
    assert counting.outcome.status == 529


def test_the_prompt_that_is_counted_is_the_one_that_is_asked() -> None:
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    body = COUNTED | {"tools": tools, "system": "Be brief.", "thinking": {"type": "adaptive"}}
    counted = json.loads(driven().begin(body).calls[0].body)
    asked = json.loads(Driven(pool_of()).begin(asking() | body).calls[0].body)
    assert counted == {name: asked[name] for name in counted}
    assert {"messages", "tools", "chat_template_kwargs"} <= set(counted)


FACTS = EngineFacts("vllm", "0.32.0", parses=True, renders=True, counts=True, tags=True)
WAYS: dict[str, tuple[dict[str, Any], EngineFacts]] = {
    "strict tools for the engine's own parser": ({"constrain": "strict", "tools": "native"}, FACTS),
    "a structural tag": ({"constrain": "strict"}, FACTS),
    "tools as text": ({"tools": "rendered"}, FACTS),
    "token ids": ({"tools": "completion"}, FACTS),
}


@pytest.mark.parametrize(("settings", "facts"), WAYS.values(), ids=WAYS)
def test_the_prompt_is_counted_by_the_way_that_its_tools_take(
    settings: dict[str, Any], facts: EngineFacts
) -> None:
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    body = COUNTED | {"tools": tools, "system": "Be brief."}
    pool = constrained_pool(facts, **settings)
    counted = json.loads(Driven(pool, make=Counting).begin(body).calls[0].body)
    asked = json.loads(Driven(pool).begin(asking() | body).calls[0].body)
    assert counted == {name: asked[name] for name in counted}
    assert ("tools" in counted) == (settings.get("tools") != "rendered")
    strict = settings == {"constrain": "strict", "tools": "native"}
    assert ("strict" in json.dumps(counted)) == strict
