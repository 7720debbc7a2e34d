"""Surveys over real HTTP: of engines of every kind, slow ones, ones that want a key, ones that hang up."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from dragoman.model.engine import EngineFacts
from dragoman.model.profile import UNKNOWN
from dragoman.probing import surveyor
from dragoman.probing.surveyor import Surveyor
from dragoman.transport.upstream import Upstream
from tests.scripted_engine import DROP, STALL, Answer, Asked, Script, ScriptedEngine, whole


class Playing(ScriptedEngine):
    """An engine of another kind: `pages` are what it answers, 404 elsewhere."""

    def __init__(self, pages: Mapping[str, Script]) -> None:
        super().__init__()
        self._pages = pages

    def _answer_to(self, asked: Asked) -> Answer:
        script = self._pages.get(asked.path)
        if script is None:
            return whole({"detail": "Not Found"}, 404)
        return script if isinstance(script, Answer) else script(asked)


def surveyed(engine: ScriptedEngine, headers: Mapping[str, str] | None = None) -> tuple[EngineFacts, bool]:
    async def run() -> tuple[EngineFacts, bool]:
        upstream = Upstream()
        try:
            made = Surveyor(upstream, engine.url, {"content-type": "application/json", **(headers or {})})
            return await made.survey("scripted", UNKNOWN), made.answered
        finally:
            upstream.close()

    return asyncio.run(run())


def completion(asked: Asked) -> Answer:
    return whole({"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": len(asked.raw)}})


KINDS: dict[str, dict[str, Any]] = {
    "sglang": {"/get_server_info": whole({"tp_size": 1, "version": "0.5"})},
    "llamacpp": {"/props": whole({"default_generation_settings": {}})},
    "ollama": {"/api/version": whole({"version": "0.12"}), "/api/tags": whole({"models": []})},
    "lmstudio": {"/api/v0/models": whole({"data": []})},
    "litellm": {"/health/liveliness": whole("I'm alive!")},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_by_its_own_routes(kind: str) -> None:
    with Playing({**KINDS[kind], "/v1/chat/completions": completion}) as engine:
        facts, answered = surveyed(engine)
    assert facts.kind == kind
    assert answered


def test_a_vllm_is_known_and_asked_nothing_twice(engine: ScriptedEngine) -> None:
    facts, answered = surveyed(engine, {"authorization": "Bearer secret"})
    assert (facts.kind, facts.version, facts.counts, answered) == ("vllm", "0.32.0", True, True)
    asked = [(one.method, one.path, one.raw) for one in engine.surveyed]
    assert len(set(asked)) == len(asked)
    assert all(one.headers["authorization"] == "Bearer secret" for one in engine.surveyed)
    assert all("survey" in one.headers["user-agent"] for one in engine.surveyed)
    bodies = [json.loads(raw) for _, path, raw in asked if path == "/v1/chat/completions"]
    assert all(body["max_tokens"] == 1 for body in bodies)
    assert not engine.asked


def test_what_nobody_knows_is_unknown() -> None:
    with Playing({}) as engine:
        assert surveyed(engine) == (EngineFacts(), True)


TROUBLES: dict[str, Answer] = {
    "it hangs up": Answer(before=(DROP,)),
    "it never answers": Answer(before=(STALL,)),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_gives_no_answer_is_said_and_ends(trouble: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveyor, "TIMEOUT", 0.05)
    with Playing({"/metrics": trouble, "/version": whole({"version": "0.32.0"})}) as engine:
        facts, answered = surveyed(engine)
    assert facts.kind == "vllm", "its other answers suffice"
    assert not answered


def test_an_engine_that_wants_another_key_is_unknown() -> None:
    refused = whole({"error": "Unauthorized"}, 401)
    with Playing(
        dict.fromkeys(["/version", "/metrics", "/props", "/v1/chat/completions"], refused)
    ) as engine:
        assert surveyed(engine) == (EngineFacts(), True)
