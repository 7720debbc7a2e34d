"""Which engine is called with what, and what is called next after a refusal."""

import json

import pytest
from msgspec.structs import replace

from dragoman.journey.asking import MENDS, Asking, clamped
from dragoman.journey.rejection import Counted, Rejection
from dragoman.model.effects import Call
from dragoman.model.errors import BadRequest, Busy, DragomanError, PromptTooLong, Unreachable
from dragoman.model.turn import Reasoning, Text, Turn
from tests.journeys import NO_PICTURES, OVERFLOW, pool_of, says
from tests.streams import ASKED


def asking(replicas: int = 1, window: int | None = 4096, size: int = 2) -> Asking:
    pool = pool_of(replicas, window)
    request = replace(ASKED, turns=(Turn("user", (Text("x" * size),)),), max_tokens=1000)
    return Asking(pool, pool.find("tiny"), request)


def refused(status: int, message: str) -> Rejection:
    return Rejection(status, json.dumps(says(message)).encode())


def path(call: Call) -> str:
    return call.url.removeprefix("http://engine-")


def test_ask_then_count_then_ask_with_room() -> None:
    made = asking()
    assert path(made.first()) == "0/v1/chat/completions"
    assert path(made.rejected(refused(400, OVERFLOW))) == "0/tokenize"
    assert made.counting
    call = made.counted(Counted(3500), 200)
    assert not made.counting
    assert json.loads(call.body)["max_tokens"] == 596
    assert made.replica is not None
    assert made.replica.in_flight == 1
    made.finish(3500)
    assert made.replica is None


def test_near_the_window_the_count_comes_first() -> None:
    assert path(asking(size=15_500).first()) == "0/tokenize"
    assert path(asking(size=15_500, window=None).first()) == "0/v1/chat/completions"


RAISED: dict[str, tuple[Rejection, type[DragomanError]]] = {
    "a refusal that nothing mends": (refused(400, "Grammar error"), BadRequest),
    "a full queue and no other replica": (refused(503, "full"), Busy),
}


@pytest.mark.parametrize(("rejection", "error"), RAISED.values(), ids=RAISED)
def test_what_cannot_be_mended_is_raised(rejection: Rejection, error: type[DragomanError]) -> None:
    made = asking()
    made.first()
    with pytest.raises(error):
        made.rejected(rejection)


def test_mending_ends() -> None:
    made = asking()
    made.first()
    for _time in range(MENDS):
        made.rejected(refused(400, OVERFLOW))
        made.counted(Counted(10), 200)
    with pytest.raises(PromptTooLong):
        made.rejected(refused(400, OVERFLOW))


def test_pictures_are_taken_out_once() -> None:
    made = asking()
    made.first()
    made.rejected(Rejection(400, json.dumps(NO_PICTURES).encode()))
    assert not made.model.images
    with pytest.raises(BadRequest):
        made.rejected(Rejection(400, json.dumps(NO_PICTURES).encode()))


SPARED: dict[str, tuple[str, list[str]]] = {
    "a template without a system role": ("System role not supported", ["be brief\nxx"]),
    "a template without switches": (
        "chat_template is not supported for Mistral tokenizers.",
        ["be brief", "xx"],
    ),
}


@pytest.mark.requirement("CC-59")
@pytest.mark.parametrize(("message", "contents"), SPARED.values(), ids=SPARED)
def test_what_an_engine_refuses_is_done_without_and_remembered(message: str, contents: list[str]) -> None:
    pool = pool_of()
    turns = (Turn("user", (Text("xx"),)),)
    request = replace(ASKED, turns=turns, system=(Text("be brief"),), reasoning=Reasoning(enabled=False))
    made = Asking(pool, pool.find("tiny"), request)
    assert [m["role"] for m in json.loads(made.first().body)["messages"]] == ["system", "user"]
    for call in (made.rejected(refused(400, message)), Asking(pool, made.model, request).first()):
        body = json.loads(call.body)
        assert [m["content"] for m in body["messages"]] == contents
        assert ("chat_template_kwargs" in body) == (len(contents) == 1)
    with pytest.raises(BadRequest):
        made.rejected(refused(400, message))


def test_every_replica_once_and_then_the_error() -> None:
    made = asking(replicas=2)
    assert path(made.first()).startswith("0/")
    assert path(made.unreachable("refused")).startswith("1/")
    with pytest.raises(Unreachable, match="http://engine-1 cannot be reached: refused"):
        made.unreachable("refused")
    made.finish(0)
    assert made.replica is None


def test_no_reply_is_asked_that_is_longer_than_the_window() -> None:
    request = replace(ASKED, max_tokens=64_000)
    assert clamped(request, 4096).max_tokens == 4095
    assert clamped(request, 1).max_tokens == 1
    assert clamped(request, None).max_tokens == 64_000
    assert clamped(replace(ASKED, max_tokens=None), 4096).max_tokens is None
