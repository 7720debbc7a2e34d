"""LiteLLM's configuration: as written, as Dragoman reads it, and LiteLLM itself with it before an engine."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
import yaml
from hypothesis import given

from dragoman.exports import CannotExport, Options
from dragoman.litellm import translate
from dragoman.model.deployment import Deployment
from dragoman.runtime.supervisor import free_port
from tests.exports.cases import NODES, ODD, ONE, REPLICAS, TEXTS, check_golden, only
from tests.litellm_proxy import PACKAGES
from tests.scripted_engine import CHAT, ScriptedEngine, says
from tests.venvs import installed

KEY = "sk-a-word-of-our-own"


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("litellm", request, with_hosts=True)


@given(TEXTS, TEXTS)
def test_names_come_back(model: str, name: str) -> None:
    try:
        text = only("litellm", Deployment(model, name))
    except CannotExport:
        assert "*" in name or not name.strip()
        return
    entries = yaml.safe_load(text)["model_list"]
    assert [each["model_name"] for each in entries] == [name, "claude-*"]
    assert {each["litellm_params"]["model"] for each in entries} == {f"hosted_vllm/{name}"}


@pytest.mark.parametrize("name", ["*", "qwen*", "os.environ/HOME", " "])
def test_names_that_litellm_would_misread_are_refused(name: str) -> None:
    with pytest.raises(CannotExport, match="something else to LiteLLM"):
        only("litellm", replace(ONE, served_name=name))


def test_replicas_are_equal_entries() -> None:
    def urls(text: str) -> list[str]:
        given = yaml.safe_load(text)["model_list"]
        return [each["litellm_params"]["api_base"] for each in given if each["model_name"] != "claude-*"]

    assert urls(only("litellm", REPLICAS)) == ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8001/v1"]
    spread = only("litellm", ODD, Options(hosts=("a", "b", "c", "d")))
    assert urls(spread) == ["http://a:8000/v1", "http://c:8000/v1"]
    with pytest.raises(CannotExport, match="--host-list"):
        only("litellm", NODES)


def test_dragoman_reads_the_same_file() -> None:
    given = yaml.safe_load(only("litellm", ONE))
    settings, remarks = translate(given)
    assert {each.url for each in settings.upstreams} == {"http://127.0.0.1:8000/v1"}
    assert not [each for each in remarks if each.level == "error"]


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine({"qwen3-235b": 262144}) as engine:
        yield engine


@pytest.fixture
def proxy(engine: ScriptedEngine, tmp_path: Path) -> Iterator[str]:
    """LiteLLM's address, with the exported file as it is."""
    port = free_port()
    text = only("litellm", ONE, Options(engine_port=int(engine.url.rpartition(":")[2])))
    (tmp_path / "litellm_config.yaml").write_text(text)
    program = installed("litellm", PACKAGES).with_name("litellm")
    command = [str(program), "--config", "litellm_config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    variables = {
        "LITELLM_MASTER_KEY": KEY,
        "VLLM_API_KEY": "the-engines",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "127.0.0.1",
        "HOME": str(tmp_path),
    }
    with (tmp_path / "litellm.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, **variables}, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 300
        while not alive(url):
            assert process.poll() is None, (tmp_path / "litellm.log").read_text()[-3000:]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/liveliness", timeout=5):
            return True
    except OSError:
        return False


TOOL: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.mark.full
def test_litellm_works_with_the_file(proxy: str, engine: ScriptedEngine) -> None:
    chat = openai.OpenAI(base_url=f"{proxy}/v1", api_key=KEY, max_retries=0)
    messages = anthropic.Anthropic(base_url=proxy, auth_token=KEY, max_retries=0)
    with chat, messages:
        engine.next(says("Hel", "lo"))
        answer = chat.chat.completions.create(
            model="qwen3-235b", messages=[{"role": "user", "content": "Hi"}]
        )
        assert answer.choices[0].message.content == "Hello"

        engine.next(says(calls=[("weather", '{"city": "杭州"}')]))
        with messages.messages.stream(
            model="claude-any",
            max_tokens=100,
            messages=[{"role": "user", "content": "杭州天气?"}],
            tools=[{"name": "weather", "input_schema": TOOL}],
        ) as stream:
            reply = stream.get_final_message()
        assert [(each.type, getattr(each, "input", None)) for each in reply.content][-1] == (
            "tool_use",
            {"city": "杭州"},
        )
    posted = [asked for asked in engine.asked if asked.method == "POST"]
    assert len(posted) == 2
    for asked in posted:
        assert (asked.path, asked.body["model"]) == (CHAT, "qwen3-235b")
        assert asked.headers["authorization"] == "Bearer the-engines"
