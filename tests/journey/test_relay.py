"""Requests that pass through: the model's name is translated, all else goes byte for byte."""

import json
from typing import TypeVar

import pytest

from dragoman.journey.exchange import Circumstances
from dragoman.journey.pool import Pool
from dragoman.journey.relay import Completions, Embeddings, Relay
from dragoman.model.effects import Call, Cancel, Done, Effect, Open, Send
from dragoman.settings import Upstream
from dragoman.wire import openai_chat

T = TypeVar("T")


def relay(kind: type[Relay] = Completions) -> tuple[Relay, Pool]:
    pool = Pool([Upstream("http://engine/v1")], {})
    pool.listed(pool.replicas[0], {"qwen": 4096})
    return kind(Circumstances(openai_chat, pool, lambda prefix: prefix + "1", "req_1", 0.0)), pool


def body(**fields: object) -> bytes:
    return json.dumps({"model": "anthropic/qwen", "prompt": "Once", **fields}).encode()


def only(effects: list[Effect], kind: type[T]) -> T:
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("kind", "path"), [(Completions, "/v1/completions"), (Embeddings, "/v1/embeddings")])
def test_the_model_gets_the_engines_name_and_the_rest_stays(kind: type[Relay], path: str) -> None:
    asked = only(relay(kind)[0].begin(body(logprobs=3, new_field={"a": [1]})), Call)
    assert asked.url == f"http://engine{path}"
    assert json.loads(asked.body) == {
        "model": "qwen",
        "prompt": "Once",
        "logprobs": 3,
        "new_field": {"a": [1]},
    }


def test_bytes_pass_as_they_come_and_the_replica_is_free_afterwards() -> None:
    journey, pool = relay()
    journey.begin(body(stream=True))
    assert pool.replicas[0].in_flight == 1
    assert only(journey.answered(200), Open).headers["content-type"].startswith("text/event-stream")
    assert journey.receive(b"data: {", 1.0) == [Send(b"data: {")]
    assert only(journey.upstream_closed(), Done).outcome.ending == "complete"
    assert pool.replicas[0].in_flight == 0


REFUSALS = {
    "an unknown model": (b'{"model": "nope"}', 404),
    "no model": (b'{"prompt": "x"}', 400),
    "no JSON": (b"{", 400),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused(case: str) -> None:
    asked, status = REFUSALS[case]
    effects = relay()[0].begin(asked)
    assert only(effects, Open).status == status
    assert only(effects, Done).outcome.ending == "refused"


def test_an_engines_error_is_translated() -> None:
    journey, _ = relay()
    journey.begin(body())
    assert journey.answered(503) == []
    assert journey.receive(b'{"error": {"message": "full"}}', 1.0) == []
    effects = journey.upstream_closed()
    assert only(effects, Open).status == 503
    assert b"full" in only(effects, Send).data


def test_an_engine_that_cannot_be_reached() -> None:
    journey, _ = relay()
    journey.begin(body())
    assert only(journey.upstream_closed("refused"), Open).status == 502
    journey, pool = relay()
    pool.replicas[0].kept = True
    journey.begin(body())
    refused = only(journey.upstream_closed("refused"), Open)
    assert (refused.status, refused.headers["retry-after"]) == (503, "10")


def test_a_broken_stream_says_so() -> None:
    journey, _ = relay()
    journey.begin(body(stream=True))
    journey.answered(200)
    effects = journey.upstream_closed("reset")
    assert b"broke off" in only(effects, Send).data
    assert only(effects, Done).outcome.ending == "broken"


def test_silence_and_absence_end_the_call() -> None:
    journey, pool = relay()
    journey.begin(body())
    assert only(journey.tick(290.0), Open).status == 504
    assert journey.upstream_closed() == []
    journey, pool = relay()
    journey.begin(body())
    effects = journey.client_closed()
    assert only(effects, Cancel) and only(effects, Done).outcome.ending == "cancelled"
    assert pool.replicas[0].in_flight == 0
