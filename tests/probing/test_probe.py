"""What engines say of themselves, and what the gateway makes of engines that say something else."""

import asyncio
import logging

import pytest

from dragoman.journey.pool import Pool
from dragoman.probing import probe
from dragoman.settings import Settings, Upstream
from dragoman.transport.upstream import Upstream as Connections
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import (
    DROP,
    MODELS,
    STALL,
    Answer,
    Asked,
    ScriptedEngine,
    Unframed,
    is_survey,
    refuses,
    whole,
)

LISTS: dict[str, tuple[bytes, dict[str, int | None]]] = {
    "vLLM": (b'{"data": [{"id": "a", "max_model_len": 4096, "root": "/x"}]}', {"a": 4096}),
    "SGLang and others by another name": (b'{"data": [{"id": "a", "context_length": 8192}]}', {"a": 8192}),
    "llama.cpp": (b'{"data": [{"id": "a", "meta": {"n_ctx": 512}}]}', {"a": 512}),
    "one that does not say": (b'{"data": [{"id": "a"}, {"id": "b", "meta": null}]}', {"a": None, "b": None}),
    "an empty list": (b'{"data": []}', {}),
}


@pytest.mark.parametrize(("body", "expected"), LISTS.values(), ids=LISTS)
def test_windows_of_each_dialect(body: bytes, expected: dict[str, int | None]) -> None:
    assert probe.windows(body) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": [{"name": "x"}]}', b'{"data": "\xff"}'])
def test_what_is_no_list_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        probe.windows(body)


def ask(upstream: Upstream) -> tuple[str | None, Pool]:
    async def run() -> tuple[str | None, Pool]:
        pool, connections = Pool([upstream], {}), Connections()
        try:
            return await probe.ask(pool.replicas[0], pool, connections), pool
        finally:
            connections.close()

    return asyncio.run(run())


def test_a_good_engine_is_known_afterwards(engine: ScriptedEngine) -> None:
    wrong, pool = ask(Upstream(engine.url + "/v1/", key="secret"))
    assert wrong is None
    assert pool.replicas[0].reachable
    assert pool.models["scripted"].window == 32768
    assert engine.asked[0].headers["authorization"] == "Bearer secret"
    assert engine.asked[0].path == "/v1/models"


TROUBLES: dict[str, tuple[Answer, str]] = {
    "it wants a key": (whole({"error": "Unauthorized"}, 401), "--upstream-key"),
    "it is something else": (Answer((b"<html>",)), "is this an OpenAI-compatible engine?"),
    "it has no such page": (refuses(404, "no"), "answered 404"),
    "it lists nothing": (whole({"data": []}), "lists no models"),
    "it speaks no HTTP": (Answer(before=(Unframed(b"220 mail ready\r\n"),)), "cannot be reached"),
    "it hangs up": (Answer(before=(DROP,)), "cannot be reached"),
    "it breaks off": (Answer((b'{"da', DROP), headers={"content-length": "99"}), "cannot be reached"),
    "it never answers": (Answer(before=(STALL,)), "cannot be reached"),
}


@pytest.mark.parametrize(("script", "said"), TROUBLES.values(), ids=TROUBLES)
def test_what_is_wrong_is_said(
    engine: ScriptedEngine, script: Answer, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    engine.always(script, path=MODELS)
    wrong, pool = ask(Upstream(engine.url))
    assert wrong is not None
    assert said in wrong
    assert engine.url in wrong
    assert not pool.replicas[0].reachable


def test_a_closed_port_is_said() -> None:
    with ScriptedEngine() as engine:
        url = engine.url
    assert "cannot be reached" in (ask(Upstream(url))[0] or "")


def test_a_configured_name_that_is_not_served_is_said_and_the_only_model_used(
    engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, pool = ask(Upstream(engine.url, model="Qwen/other"))
    assert wrong is None
    assert list(pool.models) == ["scripted"]
    assert "does not serve 'Qwen/other'" in caplog.text


def test_it_keeps_asking_and_says_once_what_changed(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dragoman")
    monkeypatch.setattr(probe, "SOON", 0.02)
    monkeypatch.setattr(probe, "SELDOM", 0.02)

    def asked() -> int:
        return len([one for one in engine.asked if one.path == MODELS])

    with gateway_before(engine.url) as gateway:

        def ready() -> bool:
            return gateway.http.get("/health/readiness").status_code == 200

        until(lambda: asked() >= 5)
        engine.always(refuses(500, "down"), path=MODELS)
        until(lambda: not ready())
        begun = asked()
        until(lambda: asked() >= begun + 4)
        engine.models["second"] = 100
        engine.always(None, path=MODELS)
        until(ready)
        listed = [entry["id"] for entry in gateway.http.get("/v1/models").json()["data"]]
        assert "second" in listed
    assert caplog.text.count("answered 500") == 1
    assert caplog.text.count(" serves scripted") == 2


def test_a_slow_survey_delays_nobody(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dragoman")
    monkeypatch.setattr(probe, "SELDOM", 0.02)
    usual = engine._usual
    monkeypatch.setattr(
        engine, "_usual", lambda one: Answer(before=(STALL,)) if is_survey(one) else usual(one)
    )
    with gateway_before(engine.url) as gateway:
        until(lambda: bool(engine.surveyed))
        until(lambda: len([one for one in engine.asked if one.path == MODELS]) >= 3)
        body = {"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        tools = [{"name": "look", "input_schema": {"type": "object"}}]
        assert gateway.http.post("/v1/messages", json={**body, "tools": tools}).status_code == 200
        replica = gateway.gateway.pool.replicas[0]
        assert replica.facts.kind == "unknown"
        monkeypatch.setattr(engine, "_usual", usual)
        engine.release()
        until(lambda: replica.facts.kind == "vllm")
        until(lambda: "is vllm 0.32.0; tools reach scripted native: " in caplog.text)


def test_a_survey_is_made_anew_when_the_engine_comes_back(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SOON", 0.02)
    monkeypatch.setattr(probe, "SELDOM", 0.02)

    def surveys() -> int:
        return len([one for one in engine.surveyed if one.path == "/version"])

    with gateway_before(engine.url) as gateway:
        pool = gateway.gateway.pool
        replica, model = pool.replicas[0], pool.models["scripted"]
        until(lambda: replica.facts.kind == "vllm")
        replica.learn(model, swallows=True)
        assert replica.facts_of(model).swallows
        begun = len(engine.asked)
        until(lambda: len(engine.asked) >= begun + 5)
        assert surveys() == 1, "an engine that stays up is surveyed once"
        gateway.loop.call_soon_threadsafe(pool.lost, replica)
        until(lambda: surveys() == 2)
        until(lambda: replica.facts.kind == "vllm")
        assert not replica.facts_of(model).swallows


def test_an_engine_that_requests_find_gone_is_asked_soon(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SOON", 0.02)
    monkeypatch.setattr(probe, "SELDOM", 600.0)
    with gateway_before(engine.url) as gateway:
        pool = gateway.gateway.pool
        gateway.loop.call_soon_threadsafe(pool.lost, pool.replicas[0])
        until(lambda: len([one for one in engine.asked if one.path == MODELS]) == 2)
        until(lambda: pool.replicas[0].reachable)


def test_a_fault_in_a_survey_ends_neither_the_questions_nor_the_gateway(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(probe, "SELDOM", 0.02)
    monkeypatch.setattr(probe, "Surveyor", broken)
    with gateway_before(engine.url) as gateway:
        until(lambda: "by a fault of ours" in caplog.text or "a fault" in caplog.text)
        begun = len(engine.asked)
        until(lambda: len(engine.asked) >= begun + 3)
        assert gateway.http.get("/health/readiness").status_code == 200


def test_questions_without_an_answer_are_asked_again(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SELDOM", 0.02)
    usual = engine._usual
    failed: list[Asked] = []

    def at_first_nothing(one: Asked) -> Answer:
        if is_survey(one) and one.path == "/version" and not failed:
            failed.append(one)
            return Answer(before=(DROP,))
        return usual(one)

    monkeypatch.setattr(engine, "_usual", at_first_nothing)
    with gateway_before(engine.url) as gateway:
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind == "vllm")
    assert failed


def test_what_is_set_is_done_and_the_engine_is_surveyed_all_the_same(
    engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dragoman")
    with RunningGateway(Settings(upstreams=(Upstream(engine.url, tools="rendered"),))) as gateway:
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind == "vllm")
        until(lambda: "tools reach scripted rendered: the configuration says so." in caplog.text)


def test_an_engine_that_was_only_slow_is_not_forgotten(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SOON", 0.02)
    monkeypatch.setattr(probe, "SELDOM", 0.02)
    with gateway_before(engine.url) as gateway:
        replica = gateway.gateway.pool.replicas[0]
        until(lambda: replica.facts.kind == "vllm")
        surveyed, known = len(engine.surveyed), replica.facts
        monkeypatch.setattr(probe, "TIMEOUT", 0.5)
        engine.next(Answer(before=(STALL,)), path=MODELS)
        until(lambda: replica.slow)
        until(lambda: replica.reachable)
        assert replica.facts is known
        assert len(engine.surveyed) == surveyed


def test_only_an_engine_that_was_there_can_be_slow() -> None:
    pool = Pool([Upstream("http://a")], {})
    (replica,) = pool.replicas
    pool.lost(replica, slow=True)
    assert not replica.slow, "it was not known to be there"
    pool.listed(replica, {"m": None})
    pool.lost(replica, slow=True)
    pool.lost(replica, slow=True)
    assert replica.slow
    pool.lost(replica)
    assert not replica.slow, "it was found gone in between"
