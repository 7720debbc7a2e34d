"""A real llama.cpp behind the gateway: found by its survey, its tool calls read, its limits told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.settings import Settings, Upstream
from tests.gateway import RunningGateway, until
from tests.llama_cpp import WINDOW, LlamaCpp, can_be_built, saying
from tests.scripts import call
from tests.streams import anthropic_message
from tests.test_tool_ways import WRITE, content, xml_call

pytestmark = [
    pytest.mark.engine,
    pytest.mark.full,
    pytest.mark.skipif(not can_be_built(), reason="llama-cpp-python is compiled, and there is no compiler"),
]

FILE = {"file_path": "/tmp/a b.py", "content": content(2_000)}
WORDINGS = {
    "JSON": ("qwen_instruct", f"I shall.\n{call('Write', **FILE)}"),
    "tags": ("qwen_coder", f"I shall.\n{xml_call('Write', **FILE)}"),
}


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaCpp]:
    with LlamaCpp(tmp_path_factory.mktemp("llama")) as running:
        yield running


def before(llama: LlamaCpp, family: str, text: str = "") -> RunningGateway:
    extra: dict[str, Any] = dict(saying(text)) if text else {}
    return RunningGateway(Settings(upstreams=(Upstream(llama.url, family=family, extra_body=extra),)))


def asked(prompt: str = "Write it.", **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    return {"model": "claude-x", "max_tokens": 4000, "messages": messages, "tools": [WRITE], **fields}


@pytest.mark.parametrize("wording", WORDINGS)
def test_a_call_is_read_from_its_text(llama: LlamaCpp, wording: str) -> None:
    family, text = WORDINGS[wording]
    with before(llama, family, text) as gateway:
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind != "unknown", 60)
        (engine,) = gateway.http.get("/status").json()["engines"]
        assert (engine["kind"], engine["version"]) == ("llamacpp_python", "0.3.36")
        assert engine["models"][0]["tools"] == {"mode": "raw", "reason": "the engine parses no tool calls"}
        for stream in (True, False):
            answer = gateway.http.post("/v1/messages", json=asked(stream=stream), timeout=280)
            assert answer.status_code == 200, answer.text
            message = anthropic_message(answer.content) if stream else answer.json()
            said, made = message["content"]
            assert said["text"].strip() == "I shall."
            assert (made["name"], made["input"]) == ("Write", FILE)
            assert message["stop_reason"] == "tool_use"


def test_past_calls_and_results_are_taken(llama: LlamaCpp) -> None:
    history = [
        {"role": "user", "content": "Write it."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "Write", "input": FILE}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "done"}]},
    ]
    with before(llama, "qwen_instruct", "It is written.") as gateway:
        answer = gateway.http.post("/v1/messages", json=asked(messages=history), timeout=280)
        assert [block["text"] for block in answer.json()["content"]] == ["It is written."]


def test_a_prompt_over_the_window_is_told_as_anthropic_would(llama: LlamaCpp) -> None:
    with before(llama, "qwen_instruct") as gateway:
        answer = gateway.http.post("/v1/messages", json=asked("word " * 20_000), timeout=280)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("prompt is too long: ")
        assert f"> {WINDOW} maximum" in json.dumps(answer.json())
