"""Whose key it is, what it may use, and when its limits are reached: alone, then over real HTTP."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.model.errors import RateLimited
from dragoman.settings import Key
from dragoman.transport.keys import LEARNING, USUAL, Keyring, Limits
from tests.gateway import Events, RunningGateway, gateway_before, until, value
from tests.scripted_engine import STALL, ScriptedEngine, stream

ASK: dict[str, Any] = {"model": "big", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
ANTHROPIC, OPENAI = "/v1/messages", "/v1/chat/completions"
COUNT = "/v1/messages/count_tokens"
ROUTES: dict[str, dict[str, Any]] = {
    ANTHROPIC: ASK,
    COUNT: ASK,
    OPENAI: ASK,
    "/v1/responses": {"model": "big", "input": "hi"},
    "/v1/completions": {"model": "big", "prompt": "hi"},
    "/v1/embeddings": {"model": "big", "input": "hi"},
}

UNSCRIPTED = ("/v1/completions", "/v1/embeddings")
"""Routes that come to the engine, which has no answer there."""

Times = list[tuple[float, int | None]]
PER_MINUTE: dict[str, tuple[int, Times]] = {
    "one after a minute each": (1, [(0, None), (60, None), (120, None)]),
    "the second too early": (1, [(0, None), (0, 60), (30.5, 30), (59.9, 1), (60, None)]),
    "as many as are allowed, at once": (3, [(0, None), (0, None), (0, None), (1, 59)]),
    "room comes back as it was taken": (
        2,
        [(0, None), (20, None), (50, 10), (60, None), (61, 19), (80, None)],
    ),
    "what was refused takes no room": (1, [(0, None), (59, 1), (59.5, 1), (60, None)]),
    "never more within a minute, however they fall": (2, [(0, None), (59, None), (60, None), (61, 58)]),
}


@pytest.mark.parametrize(("limit", "times"), PER_MINUTE.values(), ids=PER_MINUTE)
def test_requests_per_minute(limit: int, times: Times) -> None:
    limits = Limits(limit, None)
    for now, wait in times:
        assert refusal(limits, 1000 + now) == wait, now
        if wait is None:
            limits.leave(1000 + now, 1000 + now)


def refusal(limits: Limits, now: float) -> int | None:
    """What `retry-after` says, or None where the request comes in."""
    try:
        limits.enter(now)
    except RateLimited as error:
        return error.retry_after
    return None


def test_parallel_requests_and_how_long_to_wait_for_one() -> None:
    limits = Limits(None, 2)
    assert [refusal(limits, now) for now in (0, 1, 2)] == [None, None, 3]
    limits.leave(0, 101)
    usual = USUAL + LEARNING * (101 - USUAL)
    assert [refusal(limits, now) for now in (101, 102)] == [None, round(usual / 2 + 0.5)]
    for _time in range(20):
        limits.leave(0, 10_000)
        limits.enter(10_000)
    assert refusal(limits, 10_000) == 60


def test_a_request_that_found_no_place_does_not_count_for_the_minute() -> None:
    limits = Limits(2, 1)
    assert [refusal(limits, now) for now in (0, 1)] == [None, 5]
    limits.leave(0, 2)
    assert refusal(limits, 2) is None


def test_no_limits_are_none() -> None:
    limits = Limits(None, None)
    assert {refusal(limits, 0) for _time in range(1000)} == {None}


def test_the_holder_of_a_key_is_found_by_the_whole_key() -> None:
    keyring = Keyring((Key("one", "a"), Key("two", "b"), Key("schlüssel", "c")))
    found = [keyring.find([key.encode()]) for key in ("one", "two", "schlüssel")]
    assert [holder and holder.name for holder in found] == ["a", "b", "c"]
    for key in (b"", b"on", b"onetwo", b"ONE"):
        assert keyring.find([key]) is None
    both = keyring.find([b"wrong", b"two"])
    assert both is not None
    assert both.name == "b"
    assert not Keyring()


KEYS = (
    Key("key-all", "root"),
    Key("key-small", "intern", models=("small",)),
    Key("key-alias", "by an alias", models=("tiny-coder",)),
    Key("key-claude", "by a pattern", models=("claude-*",)),
    Key("key-nothing", "of what is not there", models=("gone",)),
    Key("key-slow", "slow", requests_per_minute=2),
    Key("key-single", "single", parallel=1),
)
ALIASES = {"tiny-coder": "small", "gone": "no-such-model"}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with (
        ScriptedEngine({"big": 4096, "small": 4096}) as engine,
        gateway_before(engine.url, key="key-simple", keys=KEYS, aliases=ALIASES) as gateway,
    ):
        yield engine, gateway


@pytest.fixture
def engine(pair: tuple[ScriptedEngine, RunningGateway]) -> ScriptedEngine:
    pair[0].reset()
    return pair[0]


@pytest.fixture
def gateway(pair: tuple[ScriptedEngine, RunningGateway]) -> RunningGateway:
    return pair[1]


def test_any_key_opens_the_pages_that_need_one(gateway: RunningGateway) -> None:
    for path in ("/metrics", "/status", "/v1/models"):
        assert gateway.http.get(path).status_code == 401
        for key in ("key-simple", *(key.key for key in KEYS)):
            assert gateway.http.get(path, headers={"x-api-key": key}).status_code == 200


MODELS: dict[str, tuple[str, set[str], set[str]]] = {
    "the simple key": ("key-simple", {"big", "small", "claude-x", "tiny-coder", "anthropic/big"}, set()),
    "a key without a list": ("key-all", {"big", "small", "claude-x", "tiny-coder"}, set()),
    "by the engine's id": (
        "key-small",
        {"small", "anthropic/small", "tiny-coder"},
        {"big", "anthropic/big", "claude-x", "claude-small", "gone"},
    ),
    "by an alias": ("key-alias", {"tiny-coder", "small"}, {"big", "claude-x"}),
    "by a pattern of what clients write": ("key-claude", {"claude-x", "big"}, {"small", "tiny-coder"}),
    "by an alias to what nobody serves": ("key-nothing", set(), {"gone", "big", "small", "claude-x"}),
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("key", "may", "may_not"), MODELS.values(), ids=MODELS)
def test_a_key_may_use_what_was_said_and_nothing_else(
    gateway: RunningGateway, key: str, may: set[str], may_not: set[str]
) -> None:
    headers = {"x-api-key": key}
    for path, body in ROUTES.items():
        for name in may:
            answer = gateway.http.post(path, json=body | {"model": name}, headers=headers)
            assert answer.status_code == 200 or (answer.status_code == 502 and path in UNSCRIPTED), (
                answer.text
            )
        for name in may_not:
            answer = gateway.http.post(path, json=body | {"model": name}, headers=headers)
            assert answer.status_code == 403
            said = answer.json()["error"]["message"]
            assert said.startswith(f"model: {name} may not be used with this key")
            assert key not in said


def test_a_key_sees_what_it_may_use_and_nothing_else(gateway: RunningGateway) -> None:
    headers = {"x-api-key": "key-small"}
    for more in ({}, {"anthropic-version": "2023-06-01"}):
        listed = gateway.http.get("/v1/models", headers=headers | more).json()["data"]
        assert [entry["id"] for entry in listed] == ["anthropic/small", "small", "tiny-coder"]
    assert gateway.http.get("/v1/models/tiny-coder", headers=headers).status_code == 200
    assert gateway.http.get("/v1/models/anthropic/big", headers=headers).status_code == 403
    refused = gateway.http.post(ANTHROPIC, json=ASK, headers=headers).json()["error"]
    assert refused["message"].endswith("which may use anthropic/small, small, tiny-coder")
    for answer in (
        gateway.http.get("/v1/models/nobody", headers=headers),
        gateway.http.post(OPENAI, json=ASK | {"model": "nobody"}, headers=headers),
    ):
        assert answer.status_code == 404
        assert "big" not in answer.text


@pytest.mark.requirement("CC-55")
@pytest.mark.usefixtures("engine")
def test_requests_per_minute_are_the_keys_own_and_counting_has_its_own(gateway: RunningGateway) -> None:
    slow, other = {"x-api-key": "key-slow"}, {"x-api-key": "key-all"}
    for _time in range(2):
        assert gateway.http.post(ANTHROPIC, json=ASK, headers=slow).status_code == 200
        assert gateway.http.post(COUNT, json=ASK, headers=slow).status_code == 200
    for path, body in ROUTES.items():
        answer = gateway.http.post(path, json=body, headers=slow)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert gateway.http.post(path, json=body, headers=other).status_code != 429
    for _time in range(5):
        assert gateway.http.get("/v1/models", headers=slow).status_code == 200


def test_parallel_requests_are_counted_in_and_out(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    single = {"x-api-key": "key-single"}
    for _time in range(2):
        engine.next(stream(STALL))
        with gateway.http.stream("POST", ANTHROPIC, json=ASK | {"stream": True}, headers=single) as response:
            events = iter(Events(response))
            assert next(events)[0] == "message_start"
            said = gateway.http.post(ANTHROPIC, json=ASK, headers=single)
            assert (said.status_code, said.json()["error"]["type"]) == (429, "rate_limit_error")
            told = gateway.http.post(OPENAI, json=ASK, headers=single)
            assert (told.status_code, told.json()["error"]["code"]) == (429, "rate_limit_exceeded")
            assert 0 < int(said.headers["retry-after"]) <= 60
            assert gateway.http.post(COUNT, json=ASK, headers=single).status_code == 200
        until(lambda: gateway.http.post(ANTHROPIC, json=ASK, headers=single).status_code == 200)
    for wrong in (b"{", b'{"model": "nobody"}'):
        assert gateway.http.post(ANTHROPIC, content=wrong, headers=single).status_code in (400, 404)
    assert gateway.http.post(ANTHROPIC, json=ASK, headers=single).status_code == 200


def test_the_log_names_the_key_and_never_shows_it(
    engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    keys = (Key("sesame-1", "alice"), Key("sesame-2", requests_per_minute=1))
    caplog.set_level(logging.INFO, "dragoman")

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.getMessage().startswith("req_")]

    with gateway_before(engine.url, key="sesame-0", keys=keys) as gateway:
        for index in (0, 1, 2, 2):
            gateway.http.post(ANTHROPIC, json=ASK, headers={"x-api-key": f"sesame-{index}"})
            until(lambda wanted=index: len(lines()) > wanted)  # type: ignore[misc]
        until(lambda: len(lines()) == 4)
        page = gateway.http.get("/metrics", headers={"x-api-key": "sesame-1"}).text
    said = lines()
    assert "anthropic for big ended complete" in said[0]
    assert "anthropic for big by alice ended complete" in said[1]
    assert "anthropic for big by keys[1] ended complete" in said[2]
    assert said[3].endswith("refused by a limit of the key keys[1].")
    assert "sesame" not in caplog.text
    assert value(page, "dragoman_requests_total") == 3
    assert "alice" not in page
