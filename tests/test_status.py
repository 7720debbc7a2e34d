"""The page on the gateway's engines: what it says and what it never says."""

import pytest

from dragoman import folder
from dragoman.journey.pool import Pool
from dragoman.metrics import Metrics
from dragoman.model.effects import Outcome, ToolUse
from dragoman.model.engine import EngineFacts
from dragoman.settings import Settings, Upstream
from dragoman.status import ModelStatus, ToolStatus, counted, status, without_credentials
from tests.gateway import RunningGateway, until
from tests.scripted_engine import ScriptedEngine

MODEL = "Qwen/Qwen3-30B-A3B-Instruct-2507"
FACTS = EngineFacts("vllm", "0.32.0", parses=True, renders=True, counts=True, reasons=False)


def pool() -> Pool:
    upstreams = [
        Upstream("http://someone:secret@a:8000/v1", key="secret", headers={"x": "secret"}),
        Upstream("http://b"),
    ]
    made = Pool(upstreams, {}, folder.profiles(), folder.catalog())
    made.listed(made.replicas[0], {MODEL: 32768})
    made.replicas[0].facts = FACTS
    made.replicas[0].in_flight = 2
    return made


def test_engines_models_and_the_ways_of_their_tools() -> None:
    first, second = status(pool(), Metrics()).engines
    assert (first.url, first.reachable, first.kind, first.version) == (
        "http://a:8000",
        True,
        "vllm",
        "0.32.0",
    )
    assert first.in_flight == 2
    assert first.models == [
        ModelStatus(
            MODEL,
            MODEL,
            32768,
            "qwen_instruct",
            ToolStatus("raw", "the parser hermes loses text in streams; ours does not"),
        )
    ]
    assert (second.url, second.reachable, second.kind, second.models) == ("http://b", False, "unknown", [])


def test_what_showed_itself_on_the_way_counts() -> None:
    made = pool()
    model = next(iter(made.models.values()))
    made.replicas[0].learn(model, swallows=True)
    assert status(made, Metrics()).engines[0].models[0].tools.mode == "completion"
    made.replicas[0].tokenize = False
    assert status(made, Metrics()).engines[0].models[0].tools.mode == "rendered"
    made.replicas[0].came_back()
    assert status(made, Metrics()).engines[0].kind == "unknown"


def test_calls_and_repairs_are_counted_the_most_frequent_first() -> None:
    metrics = Metrics()
    for repairs in ({"type": 1}, {"null": 2, "type": 1}, {"brace": 1}):
        metrics.count("anthropic", Outcome(200, "complete", MODEL, tools={"Read": ToolUse(2, repairs)}), 0, 1)
    found = status(pool(), metrics)
    assert found.calls == 6
    assert list(found.repairs.items()) == [("null", 2), ("type", 2), ("brace", 1)]
    assert counted(metrics, "dragoman_tool_call_repairs", "model", [MODEL]) == {MODEL: 5}
    assert status(pool(), metrics, allowed=[]).calls == 0


URLS = {
    "http://a:8000": "http://a:8000",
    "http://u:p@a:8000": "http://a:8000",
    "http://u:p%40@[::1]:8000/x": "http://[::1]:8000/x",
}


@pytest.mark.parametrize(("url", "shown"), URLS.items())
def test_a_password_in_a_url_is_not_shown(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_the_page_needs_the_key_and_holds_none(engine: ScriptedEngine) -> None:
    upstream = Upstream(engine.url, key="the engine's secret", headers={"x-token": "another secret"})
    with RunningGateway(Settings(upstreams=(upstream,), key="the gateway's secret")) as gateway:
        assert gateway.http.get("/status").status_code == 401
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind == "vllm")
        answer = gateway.http.get("/status", headers={"x-api-key": "the gateway's secret"})
        assert answer.headers["content-type"] == "application/json"
        (shown,) = answer.json()["engines"]
        assert (shown["kind"], shown["version"], shown["reachable"]) == ("vllm", "0.32.0", True)
        assert shown["models"][0]["tools"]["mode"] == "native"
        assert "secret" not in answer.text


def test_a_key_with_models_of_its_own_sees_only_these() -> None:
    made = pool()
    made.listed(made.replicas[1], {"other": 4096})
    assert [engine.url for engine in status(made, Metrics()).engines] == ["http://a:8000", "http://b"]
    (engine,) = status(made, Metrics(), allowed=["other"]).engines
    assert (engine.url, [model.id for model in engine.models]) == ("http://b", ["other"])
    assert status(made, Metrics(), allowed=["nothing"]).engines == []
