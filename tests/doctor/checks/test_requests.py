"""Faults planted in recorded requests, each found before an engine and before a gateway, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dragoman.doctor.gathering import Wanted
from tests.doctor.examined import SECRET, examine, well, write
from tests.doctor.posing import INSTRUCT, Posing
from tests.gateway import RunningGateway
from tests.scripted_engine import Answer, Asked, whole

ASK = [{"role": "user", "content": "Look up the word cat."}]
OPEN_TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
TOOL = {"name": "look_up", "input_schema": {"type": "object"}}
OPENAI = {"model": INSTRUCT, "messages": ASK, "tools": [OPEN_TOOL], "max_completion_tokens": 4096}
ANTHROPIC = {"model": INSTRUCT, "max_tokens": 4096, "system": "Be brief.", "messages": ASK, "tools": [TOOL]}


def uses(*ids: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": i, "name": "look_up"} for i in ids]}


def results(*ids: str) -> dict[str, Any]:
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": i, "content": "ok"} for i in ids],
    }


def calls(*ids: str) -> dict[str, Any]:
    function = {"name": "look_up", "arguments": "{}"}
    return {
        "role": "assistant",
        "tool_calls": [{"id": i, "type": "function", "function": function} for i in ids],
    }


def tells(id: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": "ok"}


def part(kind: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": kind, kind: {}}]}]


LONG = [{"role": "user", "content": "word " * 300_000}]
GROWN = [*ASK, {"role": "assistant", "content": "Yes?"}, *LONG, {"role": "assistant", "content": "?"}, *ASK]

# A body -> the check that finds it, words of what it says, whether it matters behind a gateway.
PLANTED: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "tool_choice any": (OPENAI | {"tool_choice": "any"}, "request_refused", "Send required instead", False),
    "a named tool as Anthropic writes it": (
        OPENAI | {"tool_choice": {"type": "tool", "name": "look_up"}},
        "request_refused",
        "in this form",
        False,
    ),
    "a named tool that is not on offer": (
        OPENAI | {"tool_choice": {"type": "function", "function": {"name": "fly"}}},
        "request_refused",
        "Offer the tool",
        True,
    ),
    "tool_choice without tools": (
        {name: value for name, value in OPENAI.items() if name != "tools"} | {"tool_choice": "auto"},
        "request_refused",
        "Leave tool_choice out",
        False,
    ),
    "no tools in the list": (OPENAI | {"tools": []}, "request_refused", "Leave it out", False),
    "a tool of another kind": (
        OPENAI | {"tools": [OPEN_TOOL, {"type": "web_search"}]},
        "request_refused",
        "Send tools in OpenAI's form",
        False,
    ),
    "five stops": (OPENAI | {"stop": list("abcde")}, "request_refused", "at most four", False),
    "a hot temperature": (OPENAI | {"temperature": 3}, "request_refused", "value in the range", True),
    "more output than the window": (
        OPENAI | {"max_completion_tokens": 300_000},
        "request_refused",
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
        False,
    ),
    "no output": (OPENAI | {"max_completion_tokens": 0}, "request_refused", "Leave it out", True),
    "stream_options without stream": (
        OPENAI | {"stream_options": {"include_usage": True}},
        "request_refused",
        "Leave stream_options out",
        False,
    ),
    "a template of its own": (
        OPENAI | {"chat_template": "{{x}}"},
        "request_refused",
        "--chat-template",
        True,
    ),
    "no messages": (OPENAI | {"messages": []}, "request_refused", "Send at least one", True),
    "a schema that is missing": (
        OPENAI | {"response_format": {"type": "json_schema"}},
        "request_refused",
        "Send the schema",
        True,
    ),
    "a file among the messages": (
        OPENAI | {"messages": part("file")},
        "request_refused",
        "Send it as text",
        False,
    ),
    "a server tool": (
        ANTHROPIC | {"tools": [TOOL, {"type": "web_search_20250305", "name": "web_search"}]},
        "request_refused",
        "Switch the tool off",
        False,
    ),
    "a thinking budget": (
        ANTHROPIC | {"thinking": {"type": "enabled", "budget_tokens": 4096}},
        "request_refused",
        "MAX_THINKING_TOKENS=0",
        False,
    ),
    "results in another order": (
        ANTHROPIC | {"messages": [*ASK, uses("a", "b"), results("b", "a")]},
        "parallel_order",
        "in the order of the calls",
        False,
    ),
    "results in another order, OpenAI's": (
        OPENAI | {"messages": [*ASK, calls("a", "b"), tells("b"), tells("a")]},
        "parallel_order",
        "in the order of the calls",
        False,
    ),
    "a result that is missing": (
        OPENAI | {"messages": [*ASK, calls("a", "b"), tells("a"), *ASK]},
        "parallel_order",
        "one result for each call",
        False,
    ),
    "a result without a call": (
        ANTHROPIC | {"messages": [*ASK, results("z")]},
        "parallel_order",
        "right behind them",
        False,
    ),
    "a first request over the window": (
        ANTHROPIC | {"messages": LONG},
        "request_too_long",
        "Offer fewer tools",
        True,
    ),
    "a conversation that outgrew the window": (
        ANTHROPIC | {"messages": GROWN},
        "request_too_long",
        "/compact",
        False,
    ),
    "a model that is not there": (
        ANTHROPIC | {"model": "gpt-4o"},
        "unknown_model",
        "--alias gpt-4o",
        True,
    ),
    "Anthropic's body on OpenAI's route": (
        {"path": "/v1/chat/completions", "body": ANTHROPIC},
        "wrong_protocol",
        "Send it to /v1/messages",
        True,
    ),
    "OpenAI's body on Anthropic's route": (
        {"path": "/v1/messages?beta=true", "body": OPENAI},
        "wrong_protocol",
        "Send it to /v1/chat/completions",
        True,
    ),
    "a path that is none": (
        {"path": "/api/generate", "body": OPENAI},
        "wrong_protocol",
        "/v1/chat/completions",
        True,
    ),
}
WELL: dict[str, Any] = {
    "OpenAI's": OPENAI,
    "Anthropic's": ANTHROPIC,
    "with a path": {"path": "/v1/messages?beta=true", "body": ANTHROPIC},
    "with calls that are answered": ANTHROPIC
    | {"messages": [*ASK, uses("a", "b"), results("a", "b"), uses("c"), results("c")]},
    "with calls at its end": OPENAI | {"messages": [*ASK, calls("a")]},
    "a named tool": OPENAI | {"tool_choice": {"type": "function", "function": {"name": "look_up"}}},
    "adaptive thinking": ANTHROPIC | {"thinking": {"type": "adaptive"}},
}
BROKEN = {"no JSON": "{'model': 1}", "a list": "[1]", "no messages": '{"model": "m"}'}


class Strict(Posing):
    """What names itself as LiteLLM's proxy does."""

    def _answer_to(self, asked: Asked) -> Answer:
        if asked.path == "/health/liveliness":
            return whole("I'm alive!")
        return whole({}, 404) if asked.path in ("/version", "/metrics") else super()._answer_to(asked)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Posing, RunningGateway]]:
    with well() as running:
        yield running


def found_in(body: Any, url: str, tmp_path: Path) -> dict[str, list[Any]]:
    return examine(Wanted(url, SECRET, request=write(tmp_path / "request.json", body)), tmp_path)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_with_its_mend_and_nothing_else(
    fault: str, both: tuple[Posing, RunningGateway], tmp_path: Path
) -> None:
    body, check, mend, matters = PLANTED[fault]
    engine, gateway = both
    direct = found_in(body, engine.url, tmp_path)
    assert list(direct) == [check]
    assert mend in direct[check][0].mend
    assert len(direct[check]) == 1
    assert direct[check][0].matters
    behind = found_in(body, gateway.url, tmp_path)
    assert list(behind) == [check]
    assert behind[check][0].matters is matters


@pytest.mark.parametrize("case", WELL)
def test_nothing_is_found_where_all_is_well(
    case: str, both: tuple[Posing, RunningGateway], tmp_path: Path
) -> None:
    engine, gateway = both
    assert found_in(WELL[case], engine.url, tmp_path) == {}
    assert found_in(WELL[case], gateway.url, tmp_path) == {}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_request_is_said_to_be_none(
    case: str, both: tuple[Posing, RunningGateway], tmp_path: Path
) -> None:
    found = found_in(BROKEN[case], both[0].url, tmp_path)
    assert list(found) == ["request_unreadable"]


def test_a_request_as_http_text(both: tuple[Posing, RunningGateway], tmp_path: Path) -> None:
    text = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-api-key: {SECRET}\r\n\r\n{json.dumps(ANTHROPIC)}"
    )
    assert list(found_in(text, both[0].url, tmp_path)) == ["wrong_protocol"]


def test_what_the_server_itself_says_of_a_request(tmp_path: Path) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aaaa"}}
    body = ANTHROPIC | {"messages": [{"role": "user", "content": [image]}]}
    with Posing() as engine:
        found = found_in(body, engine.url, tmp_path)
    assert list(found) == ["request_refused"]
    assert "cannot see images" in found["request_refused"][0].what


def test_an_engine_that_does_not_speak_the_requests_protocol(tmp_path: Path) -> None:
    with Posing(messages=False) as engine:
        found = found_in(ANTHROPIC, engine.url, tmp_path)
    assert list(found) == ["wrong_protocol"]
    assert "dragoman serve --upstream" in found["wrong_protocol"][0].mend


def test_without_a_server_a_request_is_judged_by_itself(tmp_path: Path) -> None:
    wanted = Wanted(request=write(tmp_path / "r.json", OPENAI | {"tools": []}))
    assert "request_refused" in examine(wanted, tmp_path)


def test_fields_that_only_lax_servers_take(both: tuple[Posing, RunningGateway], tmp_path: Path) -> None:
    body = ANTHROPIC | {"context_management": {"edits": []}}
    for url in (both[0].url, both[1].url):
        assert found_in(body, url, tmp_path) == {}
    with Strict() as server:
        found = found_in(body, server.url, tmp_path)
        assert list(found) == ["request_fields"]
        assert "drop_params: true" in found["request_fields"][0].mend
        assert found_in(ANTHROPIC, server.url, tmp_path) == {}
