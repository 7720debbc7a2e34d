"""How the real Claude Code takes each error that the gateway can give: it asks again, or says it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import gateway_before, until
from tests.scripted_engine import (
    DROP,
    STALL,
    Answer,
    Asked,
    ScriptedEngine,
    chunk,
    event,
    refuses,
    says,
    stream,
)

pytestmark = [pytest.mark.client, pytest.mark.requirement("CC-51")]

WINDOW = 131072
BUSY = refuses(503, "The engine is currently busy")
FAILURE = event({"error": {"message": "EngineCore encountered an issue.", "code": 500}})
THOUGHT = chunk(reasoning="Hm.")
OK = says("It worked.")


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine({"scripted": WINDOW}, tokens=20000) as running:
        yield running


@dataclass(frozen=True)
class Case:
    """What the engine answers, the last one for ever; what Claude Code says at the end, "" for success;
    the requests that reach the engine, and whether each was streamed."""

    answers: tuple[Answer | Callable[[Asked], Answer], ...]
    said: str
    streamed: tuple[bool, ...]


CASES: dict[str, Case] = {
    "a refused request is shown": Case(
        (refuses(400, "temperature must be in [0, 2]"),), "temperature must be in [0, 2]", (True,)
    ),
    "a full queue is waited for": Case((BUSY, OK), "", (True, True)),
    "a queue that stays full is given up": Case((BUSY,), "the engine is busy", (True, True)),
    "a failure is tried again": Case((refuses(500, "oops"), OK), "", (True, True)),
    "a failure that stays is shown": Case((refuses(500, "CUDA error"),), "CUDA error", (True, True)),
    "a page of a proxy is shown as words": Case(
        (Answer((b"<html><h1>502 Bad Gateway</h1></html>",), 502),), "502 Bad Gateway", (True, True)
    ),
    "a closed connection is tried again": Case((Answer(before=(DROP,)), OK), "", (True, True)),
    "our own key refused is not tried again": Case(
        (refuses(401, "Unauthorized"),), "set the upstream's key", (True,)
    ),
    "an engine's 404 is not tried again": Case(
        (refuses(404, "The model `scripted` does not exist."),), "does not exist", (True,)
    ),
    "a stream that breaks in its first block is asked for as a whole": Case(
        (stream(chunk(content="Hel"), DROP, end=False), OK), "", (True, False)
    ),
    "a stream that breaks before it is streamed again": Case((stream(DROP, end=False), OK), "", (True, True)),
    "a stream of rubbish is streamed again": Case(
        (stream(b"data: {oops\n\n", end=False), OK), "", (True, True)
    ),
    "an error after a whole block is shown": Case(
        (stream(THOUGHT, chunk(content="Hel"), FAILURE),), "EngineCore encountered an issue", (True,)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_an_engine_can_do(executable: Path, engine: ScriptedEngine, tmp_path: Path, case: Case) -> None:
    engine.next(*case.answers[:-1])
    engine.always(case.answers[-1])
    with gateway_before(engine.url) as gateway:
        user = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW)
        ran = user.run("Go.")
    assert tuple(bool(asked.body.get("stream")) for asked in engine.chats()) == case.streamed
    if case.said:
        assert ran.code == 1
        assert ran.said["is_error"] is True
        assert case.said in ran.said["result"]
        assert "Traceback" not in ran.said["result"]
    else:
        assert ran.text == "It worked."


@pytest.mark.requirement("CC-07")
def test_a_wrong_key_is_told(executable: Path, engine: ScriptedEngine, tmp_path: Path) -> None:
    with gateway_before(engine.url, key="right") as gateway:
        ran = ClaudeCode(executable, tmp_path, gateway.url, "wrong", "anthropic/scripted", WINDOW).run("Go.")
    assert ran.code == 1
    assert ran.said["api_error_status"] == 401
    assert "the key is wrong" in ran.said["result"]
    assert engine.chats() == []


@pytest.mark.requirement("CC-32")
def test_an_unknown_model_is_named_and_another_one_taken_where_there_is_one(
    executable: Path, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.always(OK)
    with gateway_before(engine.url) as gateway:
        user = ClaudeCode(executable, tmp_path, gateway.url, "any", "gpt-oss", WINDOW)
        ran = user.run("Go.")
        assert ran.code == 1
        assert "issue with the selected model (gpt-oss)" in ran.said["result"]
        assert engine.chats() == []
        assert user.run("Go.", "--fallback-model", "anthropic/scripted").text == "It worked."
    assert len(engine.chats()) == 1


def test_a_request_over_the_limit_in_bytes_is_told(
    executable: Path, engine: ScriptedEngine, tmp_path: Path
) -> None:
    with gateway_before(engine.url, body_limit=20_000) as gateway:
        ran = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW).run("Go.")
    assert ran.code == 1
    assert "Request too large" in ran.said["result"]
    assert engine.chats() == []


@pytest.mark.requirement("CC-52")
def test_a_first_prompt_over_the_window_is_told_with_its_size(
    executable: Path, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.tokens = 140_000
    start = f"This model's maximum context length is {WINDOW} tokens. However, your prompt contains at least"
    engine.always(
        refuses(
            400,
            f"{start} {WINDOW + 1} input tokens, which exceeds this limit even without any output tokens.",
        )
    )
    with gateway_before(engine.url) as gateway:
        ran = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW).run("Go.")
    assert ran.code == 1
    assert ran.said["terminal_reason"] == "prompt_too_long"
    assert "rompt is too long" in ran.said["result"]


@pytest.mark.requirement("CC-63")
def test_an_engine_that_does_not_begin_in_time_is_asked_again(
    executable: Path, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.next(Answer(before=(STALL,)))
    engine.always(OK)
    with gateway_before(engine.url, timeout=1.0) as gateway:
        ran = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW).run("Go.")
    assert ran.text == "It worked."
    assert len(engine.chats()) == 2
    engine.chats()[0].wait_gone()


@pytest.mark.requirement("CC-55")
def test_an_engine_that_is_not_there_yet_is_waited_for(executable: Path, tmp_path: Path) -> None:
    """Nobody knows a model before the first probe, so that it is 529 and not 404."""
    with (
        ScriptedEngine({}) as engine,
        gateway_before(engine.url, wait=False) as gateway,
    ):
        user = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW)
        user.variables["CLAUDE_CODE_MAX_RETRIES"] = "1"
        ran = user.run("Go.")
        assert ran.code == 1
        assert "has not come up yet" in json.dumps(ran.said)
        engine.models = {"scripted": WINDOW}
        engine.always(OK)
        until(lambda: gateway.http.get("/health/readiness").status_code == 200, 30)
        assert user.run("Go.").text == "It worked."
