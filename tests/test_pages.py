"""Models, health and metrics over real HTTP, in the shape that the caller's protocol wants."""

from collections.abc import Iterator

import pytest

from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import MODELS, ScriptedEngine, refuses

ANTHROPIC = {"anthropic-version": "2023-06-01"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    models = {"Qwen/Qwen3-235B": 32768, "plain": None}
    with (
        ScriptedEngine(models) as engine,
        gateway_before(
            engine.url, aliases={"coder": "plain", "short": "", "gone": "nowhere", "x-*": ""}
        ) as it,
    ):
        yield it


@pytest.mark.requirement("CC-05")
@pytest.mark.requirement("CC-31")
def test_anthropic_s_list(gateway: RunningGateway) -> None:
    body = gateway.http.get("/v1/models?limit=1000", headers=ANTHROPIC).json()
    ids = [entry["id"] for entry in body["data"]]
    assert ids[:2] == ["anthropic/Qwen/Qwen3-235B", "anthropic/plain"]
    assert not [id for id in ids if id.startswith("claude-")]
    assert body["data"][0] == {
        "type": "model",
        "id": "anthropic/Qwen/Qwen3-235B",
        "display_name": "Qwen/Qwen3-235B",
        "created_at": "1970-01-01T00:00:00Z",
        "max_input_tokens": 32768,
    }
    assert (body["has_more"], body["first_id"], body["last_id"]) == (False, ids[0], ids[-1])


def test_openai_s_list(gateway: RunningGateway) -> None:
    body = gateway.http.get("/v1/models").json()
    assert body["object"] == "list"
    assert [entry["id"] for entry in body["data"]] == [
        "anthropic/Qwen/Qwen3-235B",
        "anthropic/plain",
        "Qwen/Qwen3-235B",
        "plain",
        "coder",
        "short",
    ]
    assert {entry["object"] for entry in body["data"]} == {"model"}
    assert body["data"][0]["max_model_len"] == 32768


@pytest.mark.requirement("CC-33")
@pytest.mark.parametrize("id", ["anthropic/Qwen/Qwen3-235B", "Qwen/Qwen3-235B", "plain", "coder"])
def test_one_model_whatever_stands_in_its_name(gateway: RunningGateway, id: str) -> None:
    assert gateway.http.get(f"/v1/models/{id}").json()["id"] == id
    assert gateway.http.get(f"/v1/models/{id}", headers=ANTHROPIC).json()["type"] == "model"
    quoted = id.replace("/", "%2F")
    assert gateway.http.get(f"/v1/models/{quoted}").json()["id"] == id


@pytest.mark.requirement("CC-32")
def test_a_model_that_nobody_serves(gateway: RunningGateway) -> None:
    answer = gateway.http.get("/v1/models/gpt-9", headers=ANTHROPIC)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"
    assert answer.json()["error"]["message"].startswith("model: gpt-9")
    openai = gateway.http.get("/v1/models/gpt-9").json()["error"]
    assert openai["code"] == "model_not_found"
    assert "coder" in openai["message"]


def test_who_it_is_and_that_it_lives(gateway: RunningGateway) -> None:
    assert gateway.http.get("/").json()["name"] == "dragoman"
    for path in ("/health/liveliness", "/health/liveness"):
        assert gateway.http.get(path).json() == "I'm alive!"
    assert gateway.http.get("/health/readiness").json()["status"] == "healthy"


def test_metrics_are_in_prometheus_form(gateway: RunningGateway) -> None:
    answer = gateway.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE dragoman_requests_total counter" in answer.text


def test_it_is_alive_before_the_engine_is_and_ready_with_it() -> None:
    with ScriptedEngine() as engine:
        engine.always(refuses(503, "still loading"), path=MODELS)
        with gateway_before(engine.url, wait=False) as early:
            assert early.http.get("/health/liveliness").status_code == 200
            assert early.http.get("/health/readiness").status_code == 503
            assert early.http.get("/v1/models").json()["data"] == []
            ask = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}
            answer = early.http.post("/v1/messages", json=ask)
            assert (answer.status_code, answer.json()["error"]["type"]) == (529, "overloaded_error")
            assert answer.headers["retry-after"]
            assert early.http.post("/v1/chat/completions", json=ask).status_code == 503
            engine.always(None, path=MODELS)
            until(lambda: early.http.get("/health/readiness").status_code == 200)
            assert early.http.get("/v1/models").json()["data"]
