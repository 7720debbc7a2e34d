"""The gateway put together: what it logs, whom it routes to, how it starts and ends."""

import logging
from typing import Any

import pytest

from dragoman.app import HOT, Gateway, new_id
from dragoman.settings import Settings, SettingsError, Upstream
from tests.gateway import Events, RunningGateway, gateway_before, until
from tests.scripted_engine import STALL, ScriptedEngine, refuses, says, stream

ASK: dict[str, Any] = {
    "model": "claude-sonnet-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "my secret words"}],
}


def test_ids_have_their_prefix_and_are_never_the_same() -> None:
    ids = {new_id("msg_") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(id.startswith("msg_") and len(id) == 28 for id in ids)


def test_unsafe_settings_make_no_gateway() -> None:
    with pytest.raises(SettingsError, match="key"):
        Gateway(Settings(upstreams=(Upstream("http://127.0.0.1:1"),), host="0.0.0.0"))
    with pytest.raises(SettingsError, match="upstreams"):
        Gateway(Settings())


def test_every_hot_route_is_a_post_below_v1() -> None:
    assert all(method == "POST" and path.startswith("/v1/") for method, path in HOT)


def test_each_request_has_one_line_in_the_log_with_its_id(
    engine: ScriptedEngine, gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dragoman")
    engine.next(says("hi", cached=4), refuses(400, "no"))
    good = gateway.http.post("/v1/messages", json=ASK)
    bad = gateway.http.post("/v1/messages", json=ASK)

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if "anthropic for" in record.getMessage()]

    until(lambda: len(said()) == 2)
    lines = said()
    assert lines[0].startswith(
        f"{good.headers['request-id']}: anthropic for scripted ended complete with 200"
    )
    assert "11 tokens in (4 cached), 3 out, 0 calls" in lines[0]
    assert lines[1].startswith(f"{bad.headers['request-id']}: anthropic for scripted ended refused with 400")


def test_neither_keys_nor_words_of_clients_reach_the_log(
    engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.INFO)
    with gateway_before(engine.url, key="sesame open") as locked:
        for key in ("sesame open", "sesame closed"):
            locked.http.post("/v1/messages", json=ASK, headers={"x-api-key": key})
        engine.next(stream(b"data: my secret answer\n\n"))
        right = {"authorization": "Bearer sesame open"}
        locked.http.post("/v1/messages", json=ASK | {"stream": True}, headers=right)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == "dragoman")
    assert "ended complete" in ours
    for secret in ("sesame", "my secret words", "my secret answer"):
        assert secret not in ours


@pytest.mark.requirement("CC-30")
@pytest.mark.requirement("CC-31")
def test_names_lead_to_the_model_that_the_settings_say() -> None:
    with (
        ScriptedEngine({"big": 1000, "small": 1000}) as engine,
        gateway_before(engine.url, aliases={"claude-haiku-*": "small", "mine": "small"}) as gateway,
    ):
        wanted = {
            "claude-haiku-4-5-20251001": "small",
            "claude-sonnet-5": "big",
            "mine": "small",
            "small": "small",
            "anthropic/small": "small",
        }
        for name, model in wanted.items():
            answer = gateway.http.post("/v1/messages", json=ASK | {"model": name})
            assert answer.json()["model"] == name
            assert engine.chats()[-1].body["model"] == model
        unknown = gateway.http.post("/v1/messages", json=ASK | {"model": "gpt-9"})
        assert unknown.status_code == 404
        assert unknown.json()["error"]["message"].startswith("model: gpt-9")


@pytest.mark.requirement("CC-52")
@pytest.mark.requirement("CC-53")
@pytest.mark.parametrize("streamed", [False, True])
def test_an_overflow_is_told_in_true_tokens_before_any_200(
    engine: ScriptedEngine, gateway: RunningGateway, streamed: bool
) -> None:
    engine.tokens = 40000
    engine.next(
        refuses(
            400,
            "This model's maximum context length is 32768 tokens. However, your prompt contains at least"
            " 32769 input tokens, which exceeds this limit even without any output tokens.",
        )
    )
    answer = gateway.http.post("/v1/messages", json=ASK | {"stream": streamed})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"] == "prompt is too long: 40000 tokens > 32768 maximum"
    assert [asked.path for asked in engine.asked if asked.method == "POST"] == [
        "/v1/chat/completions",
        "/tokenize",
    ]


@pytest.mark.requirement("CC-04")
def test_counting_at_once_asks_for_no_generation(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def count(_: int) -> Any:
        body = {"model": "claude-x", "messages": [{"role": "user", "content": "foo"}], "tools": []}
        return gateway.http.post("/v1/messages/count_tokens?beta=true", json=body).json()

    with ThreadPoolExecutor(13) as threads:
        assert list(threads.map(count, range(13))) == [{"input_tokens": 7}] * 13
    assert engine.chats() == []


@pytest.mark.requirement("CC-04")
def test_counting_before_an_engine_that_cannot_is_an_estimate(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.tokens = None
    short, long = (
        gateway.http.post(
            "/v1/messages/count_tokens",
            json={"model": "claude-x", "messages": [{"role": "user", "content": "word " * n}]},
        ).json()["input_tokens"]
        for n in (10, 1000)
    )
    assert 0 < short < long
    assert len([asked for asked in engine.asked if asked.path == "/tokenize"]) == 1


@pytest.mark.requirement("CC-15")
@pytest.mark.requirement("CC-66")
def test_what_differs_between_sessions_does_not_reach_the_prompt(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    for hash in ("abc", "def"):
        system = [
            {
                "type": "text",
                "text": f"x-anthropic-billing-header: cc_version=2.1.197.{hash}; cc_entrypoint=cli;",
            },
            {"type": "text", "text": "You are.", "cache_control": {"type": "ephemeral"}},
        ]
        body = ASK | {"system": system, "metadata": {"user_id": hash}}
        assert gateway.http.post("/v1/messages", json=body).status_code == 200
    first, second = (asked.raw for asked in engine.chats())
    assert first == second


@pytest.mark.requirement("CC-65")
def test_a_longer_conversation_begins_with_the_shorter_one(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    turns: list[Any] = [{"role": "user", "content": "one"}, {"role": "system", "content": "reminder"}]
    gateway.http.post("/v1/messages", json=ASK | {"messages": turns})
    turns += [
        {"role": "assistant", "content": "answer"},
        {"role": "user", "content": [text("two", cached=True)]},
    ]
    gateway.http.post("/v1/messages", json=ASK | {"messages": turns})
    first, second = (asked.body["messages"] for asked in engine.chats())
    assert second[: len(first)] == first


def text(words: str, cached: bool = False) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"cache_control": {"type": "ephemeral"}} if cached else {})


def test_nothing_is_left_when_it_has_stopped(
    engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with gateway_before(engine.url) as gateway:
        engine.next(stream(STALL), says("whole"))
        with gateway.http.stream("POST", "/v1/messages", json=ASK | {"stream": True}) as response:
            assert next(iter(Events(response)))[0] == "message_start"
            gateway.http.post("/v1/messages", json=ASK)
        until(lambda: engine.busy == 0)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    engine.call(lambda: None)
    assert engine.chats()[0].gone_at is not None
