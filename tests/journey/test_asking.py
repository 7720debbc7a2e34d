"""Which engine is called with what, and what is called next after a refusal."""

import json

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman import folder
from dragoman.journey.asking import MENDS, Asking, clamped
from dragoman.journey.pipeline import Stages
from dragoman.journey.pool import Pool
from dragoman.journey.reading import LEAK
from dragoman.journey.rejection import Counted, Rejection
from dragoman.model.effects import Call
from dragoman.model.engine import EngineFacts
from dragoman.model.errors import BadRequest, Busy, DragomanError, PromptTooLong, Unreachable
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Repaired,
    Stopped,
    TextDelta,
    Usage,
    Used,
)
from dragoman.model.turn import Reasoning, Request, Text, Tool, Turn
from dragoman.settings import Upstream
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
    assert made.notes == []
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


DEAD = "EngineCore encountered an issue. See stack trace (above) for the root cause."


def test_a_server_whose_engine_has_ended_is_gone_and_another_is_asked() -> None:
    made = asking(replicas=2)
    made.first()
    assert path(made.rejected(refused(500, DEAD))).startswith("1/")
    made._pool.replicas[1].kept = True
    with pytest.raises(Busy, match="is being started"):
        made.rejected(refused(500, DEAD))
    assert not any(replica.reachable for replica in made._pool.replicas)


def test_an_engine_that_is_started_again_is_busy_and_not_lost() -> None:
    made = asking(replicas=1)
    made.first()
    pool = made._pool
    pool.replicas[0].kept = True
    with pytest.raises(Busy, match="is being started") as caught:
        made.unreachable("refused")
    assert caught.value.retry_after == 10
    assert not pool.replicas[0].reachable


def test_no_reply_is_asked_that_is_longer_than_the_window() -> None:
    request = replace(ASKED, max_tokens=64_000)
    assert clamped(request, 4096).max_tokens == 4095
    assert clamped(request, 1).max_tokens == 1
    assert clamped(request, None).max_tokens == 64_000
    assert clamped(replace(ASKED, max_tokens=None), 4096).max_tokens is None


NO_PARSER = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
WITH_TOOLS = replace(ASKED, tools=(Tool("look"),), max_tokens=None)
COMPLETION = EngineFacts("vllm", "0.32.0", parses=False, renders=False, counts=True, reasons=False)


def with_tools(
    facts: EngineFacts, request: Request = WITH_TOOLS, window: int | None = 4096, replicas: int = 1
) -> Asking:
    pool = pool_of(replicas, window)
    for replica in pool.replicas:
        replica.facts = facts
    return Asking(pool, pool.find("tiny"), request)


def test_token_ids_are_asked_for_and_sent_with_the_room_that_they_leave() -> None:
    made = with_tools(COMPLETION, window=None)
    assert path(made.first()) == "0/tokenize"
    assert made.counting
    call = made.counted(Counted(3, Raw(b"[1,2,3]"), 512), 200)
    assert path(call) == "0/v1/completions"
    body = json.loads(call.body)
    assert body["prompt"] == [1, 2, 3]
    assert body["max_tokens"] == 509, "16 by default is no reply"
    assert not {"tools", "tool_choice", "messages"} & body.keys()
    assert path(made.again(replace(WITH_TOOLS, turns=(Turn("user", (Text("more"),)),)))) == "0/tokenize"


@pytest.mark.parametrize("status", [400, 404, 500, 200, 0])
def test_an_engine_that_does_not_count_is_asked_in_text_and_not_again_for_a_count(status: int) -> None:
    made = with_tools(COMPLETION)
    assert path(made.first()) == "0/tokenize"
    call = made.counted(None, status)
    assert path(call) == "0/v1/chat/completions"
    body = json.loads(call.body)
    assert "tools" not in body
    assert "<tools>" in body["messages"][0]["content"]
    assert made.way.mode == "rendered"


def test_an_engine_that_was_not_surveyed_yet_is_learned_from_its_refusal() -> None:
    made = with_tools(EngineFacts())
    assert "tool_choice" not in json.loads(made.first().body)
    body = json.loads(made.rejected(refused(400, NO_PARSER)).body)
    assert (body["tool_choice"], body["skip_special_tokens"]) == ("none", False)
    assert body["tools"]
    other = Asking(made._pool, made.model, WITH_TOOLS)
    assert json.loads(other.first().body)["tool_choice"] == "none", "the next request knows it"
    with pytest.raises(BadRequest):
        made.rejected(refused(400, NO_PARSER))


def test_an_engine_that_takes_no_tools_is_told_of_them_in_text() -> None:
    made = with_tools(EngineFacts("ollama", parses=True, renders=False, counts=False))
    assert "tools" in json.loads(made.first().body)
    body = json.loads(made.rejected(refused(400, "m does not support tools")).body)
    assert "tools" not in body
    assert "<tools>" in body["messages"][0]["content"]


def test_what_the_configuration_says_is_not_learned_away() -> None:
    pool = Pool([Upstream("http://engine-0", tools="native")], {}, (), folder.catalog())
    pool.listed(pool.replicas[0], {"tiny": 4096})
    made = Asking(pool, pool.find("tiny"), WITH_TOOLS)
    made.first()
    with pytest.raises(BadRequest):
        made.rejected(refused(400, NO_PARSER))


def test_each_replica_is_asked_in_its_own_way() -> None:
    made = with_tools(COMPLETION, replicas=2)
    made._pool.replicas[1].facts = replace(COMPLETION, renders=True)
    assert path(made.first()) == "0/tokenize"
    call = made.unreachable("gone")
    assert path(call) == "1/v1/chat/completions"
    assert json.loads(call.body)["tool_choice"] == "none"


def stages(output: int, said: str = "", repairs: int = 0, calls: int = 0) -> Stages:
    made = Stages(lambda prefix: prefix)
    made.feed([TextDelta(said)] if said else [])
    for _ in range(calls):
        made.feed([CallStarted("", "look"), CallArguments("{}"), CallEnded()])
    made.feed([Repaired(LEAK)] * repairs)
    made.feed([Used(Usage(9, output))])
    return made


PARSES = EngineFacts("vllm", "0.32.0", parses=True, renders=True, counts=True, reasons=False)
MISFITS: dict[str, tuple[EngineFacts, Stages, bool]] = {
    "nothing came": (PARSES, stages(60), True),
    "less came than was made": (PARSES, stages(60, "I shall look."), True),
    "all came": (PARSES, stages(60, "word " * 40), False),
    "a token for each digit": (PARSES, stages(60, "1" * 60), False),
    "a few markers went": (PARSES, stages(8), False),
    "a call came": (PARSES, stages(60, calls=1), False),
    "a call stood in the text": (PARSES, stages(60, "x" * 99, repairs=1, calls=1), True),
    "one did beside one that was parsed": (PARSES, stages(60, "x" * 99, repairs=1, calls=2), False),
    "a call in the text of an engine that parses none": (
        replace(PARSES, parses=False),
        stages(60, "x" * 99, repairs=1, calls=1),
        False,
    ),
    "an engine that may hide thinking on purpose": (
        EngineFacts("litellm", parses=True),
        stages(60, "I see."),
        False,
    ),
    "such an engine, and nothing came": (EngineFacts("litellm", parses=True), stages(60), True),
    "token ids went round every parser": (replace(PARSES, swallows=True), stages(60), False),
}


@pytest.mark.parametrize(("facts", "seen", "misfit"), MISFITS.values(), ids=MISFITS)
def test_a_parser_that_does_not_fit_is_told_from_what_came(
    facts: EngineFacts, seen: Stages, misfit: bool
) -> None:
    made = with_tools(facts)
    if path(made.first()) == "0/tokenize":
        made.counted(Counted(3, Raw(b"[1,2,3]")), 200)
    replica = made.replica
    assert replica is not None
    advice = made.finish(9, seen)
    assert ("does not fit tiny" in advice) == misfit
    assert replica.facts_of(made.model).swallows == (misfit or facts.swallows)


def test_a_reply_that_the_limit_cut_accuses_nobody() -> None:
    made, seen = with_tools(PARSES), stages(600)
    seen.feed([Stopped("length")])
    made.first()
    assert made.finish(9, seen) == ""
    plain = Asking(made._pool, made.model, ASKED)
    plain.first()
    assert plain.finish(9, stages(600)) == "", "without tools nothing can be said of their parser"
