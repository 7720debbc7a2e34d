"""`dragoman status`: what a person sees of a running gateway, and what is said where there is none."""

import json
from pathlib import Path

import pytest

from dragoman.cli.status import rows
from dragoman.runtime.supervisor import free_port
from dragoman.status import EngineStatus, ModelStatus, Status, ToolStatus
from tests.cli.program import dragoman, refusal
from tests.gateway import gateway_before, until
from tests.scripted_engine import ScriptedEngine, whole

KEY = "a-long-secret"


def test_engines_and_models_are_shown(engine: ScriptedEngine, tmp_path: Path) -> None:
    with gateway_before(engine.url, key=KEY) as gateway:
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind == "vllm")
        done = dragoman(tmp_path, "status", "--url", f"{gateway.url}/v1", DRAGOMAN_KEY=KEY)
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert f"on {gateway.url}" in lines[1]
        assert f"    Engine       {engine.url}, vllm 0.32.0, 0 in flight" in lines
        assert "    Model        scripted, 32,768 tokens, family unknown" in lines
        assert any(line.startswith("    Tools        native: ") for line in lines)
        assert "    Repairs      none" in lines
        as_json = dragoman(tmp_path, "status", "--url", gateway.url, "--json", DRAGOMAN_KEY=KEY)
        assert json.loads(as_json.stdout)["engines"][0]["models"][0]["id"] == "scripted"
        assert KEY not in done.stdout + as_json.stdout


def test_a_wrong_key_and_none(engine: ScriptedEngine, tmp_path: Path) -> None:
    with gateway_before(engine.url, key=KEY) as gateway:
        assert "wants a key" in refusal(dragoman(tmp_path, "status", "--url", gateway.url))
        wrong = dragoman(tmp_path, "status", "--url", gateway.url, DRAGOMAN_KEY="other")
        assert "does not accept this key" in refusal(wrong)


def test_nobody_there_and_somebody_else(engine: ScriptedEngine, tmp_path: Path) -> None:
    closed = dragoman(tmp_path, "status", "--url", f"http://127.0.0.1:{free_port()}")
    assert "no gateway answers" in refusal(closed)
    assert "answered 404" in refusal(dragoman(tmp_path, "status", "--url", engine.url))
    engine.always(whole(["not", "ours"]), path="/status")
    assert "is no gateway" in refusal(dragoman(tmp_path, "status", "--url", engine.url))
    assert "is no URL" in refusal(dragoman(tmp_path, "status", "--url", "localhost"))


def shown(status: Status) -> str:
    return "\n".join(f"{name}|{value}" for name, value in rows(status, "http://g"))


TOOLS = ToolStatus("raw", "because")


def test_calm_rows() -> None:
    models = [
        ModelStatus("mine", "Qwen/Q", None, "unknown", TOOLS),
        ModelStatus("b", "b", 4096, "glm45", TOOLS),
    ]
    engines = [
        EngineStatus("http://a", True, "vllm", "0.32", 3, models),
        EngineStatus("http://b", False, "unknown", "", 0, []),
    ]
    text = shown(Status("1", engines, 1234, {"null": 2, "type": 1}))
    assert "Engine|http://a, vllm 0.32, 3 in flight\n" in text
    assert "Model|mine (there Qwen/Q), window unknown, family unknown\nTools|raw: because\n" in text
    assert "Model|b, 4,096 tokens, family glm45\n" in text
    assert "Engine|http://b, of unknown kind, cannot be reached\n" in text
    assert "Tool calls|1,234\nRepairs|null 2, type 1\n" in text


@pytest.mark.parametrize("evil", ["\x1b[2J", "\n    Engine  forged", "\u202e"])
def test_an_engines_words_cannot_move_the_cursor(evil: str) -> None:
    engine = EngineStatus("http://a", True, "vllm", evil, 0, [ModelStatus(evil, evil, 1, evil, TOOLS)])
    assert evil not in shown(Status("1", [engine], 0, {evil: 1}))
