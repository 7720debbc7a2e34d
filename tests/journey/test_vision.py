"""Pictures go to the model that sees them, where one is configured; else to words that stand for them."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.journey.exchange import Circumstances, Exchange
from dragoman.journey.pool import Allowed, Pool
from dragoman.settings import Upstream
from tests.journeys import END, NO_PICTURES, TEXT, Driven, asking

pytestmark = pytest.mark.requirement("CC-25")

PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
IN_RESULT = [
    {"role": "user", "content": "Look."},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [PICTURE]}]},
]
PLACES: dict[str, Any] = {
    "in a message": [{"role": "user", "content": [PICTURE]}],
    "in a tool's result": IN_RESULT,
}


def journey(vision: str, messages: Any, *, sees: bool = True, allowed: Allowed = None) -> Driven:
    pool = Pool([Upstream("http://engine-text"), Upstream("http://engine-eyes")], {})
    pool.listed(pool.replicas[0], {"text": None})
    pool.listed(pool.replicas[1], {"eyes": None})
    pool.models["text"].images = sees

    def make(given: Circumstances) -> Exchange:
        return Exchange(replace(given, vision_model=vision, allowed=allowed))

    return Driven(pool, make=make).begin(asking(model="text", messages=messages))


@pytest.mark.parametrize("messages", PLACES.values(), ids=PLACES)
def test_a_picture_goes_to_the_model_that_sees(messages: Any) -> None:
    driven = journey("eyes", messages, sees=False)
    assert driven.paths == ["eyes/v1/chat/completions"]
    assert "image_url" in driven.calls[0].body.decode()
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert driven.outcome.model == "eyes"


@pytest.mark.parametrize("messages", PLACES.values(), ids=PLACES)
def test_the_first_refusal_sends_it_there(messages: Any) -> None:
    driven = journey("eyes", messages).answer(400, NO_PICTURES)
    assert driven.paths == ["text/v1/chat/completions", "eyes/v1/chat/completions"]
    assert "image_url" in driven.calls[1].body.decode()
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"
    assert not driven.pool.models["text"].images


@pytest.mark.parametrize("vision", ["", "text"], ids=["there is none", "it is this one"])
@pytest.mark.parametrize("messages", PLACES.values(), ids=PLACES)
def test_without_such_a_model_words_stand_for_it(messages: Any, vision: str) -> None:
    driven = journey(vision, messages).answer(400, NO_PICTURES)
    sent = json.loads(driven.calls[-1].body)
    assert "image_url" not in json.dumps(sent)
    assert "an image stood here" in json.dumps(sent)
    driven.head().send(TEXT + END)
    assert len(driven.calls) == 2


@pytest.mark.parametrize("messages", PLACES.values(), ids=PLACES)
def test_a_key_that_may_not_use_that_model_keeps_its_own(messages: Any) -> None:
    driven = journey("eyes", messages, allowed=["text"]).answer(400, NO_PICTURES)
    assert driven.paths == ["text/v1/chat/completions"] * 2
    assert "an image stood here" in driven.calls[1].body.decode()
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert (driven.outcome.ending, driven.outcome.notes["image_replaced"]) == ("complete", 1)


def test_text_alone_stays_with_its_model() -> None:
    driven = journey("eyes", [{"role": "user", "content": "Hi"}], sees=False)
    assert driven.paths == ["text/v1/chat/completions"]
