"""Which requests go out constrained, and what becomes of a refusal."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman import folder
from dragoman.engines.vllm.survey import TAGS_SINCE, numbers
from dragoman.journey.asking import Asking
from dragoman.journey.pipeline import Stages
from dragoman.journey.pool import Pool
from dragoman.journey.rejection import Counted, Rejection
from dragoman.model.effects import Call
from dragoman.model.engine import EngineFacts
from dragoman.model.errors import BadAnswer, BadRequest
from dragoman.model.events import Failed
from dragoman.model.turn import OutputFormat, Request, Tool, ToolChoice
from dragoman.settings import Upstream
from tests.journeys import OVERFLOW, says
from tests.streams import ASKED

PASSES = EngineFacts("vllm", "0.32.0", parses=False, renders=True, counts=True, tags=True)
PARSES = replace(PASSES, parses=True)
REQUEST = replace(ASKED, tools=(Tool("Read"),))
REFUSED = Rejection(400, json.dumps(says("Invalid response_format structural_tag specification.")).encode())


def pool_of(facts: EngineFacts = PASSES, model: str = "qwen2.5-7b-instruct", **settings: Any) -> Pool:
    pool = Pool([Upstream("http://engine", **settings)], {}, folder.profiles(), folder.catalog())
    pool.listed(pool.replicas[0], {model: 4096})
    pool.replicas[0].facts = facts
    return pool


def asking(pool: Pool, request: Request = REQUEST) -> Asking:
    return Asking(pool, next(iter(pool.models.values())), request)


def body(call: Call) -> Any:
    return json.loads(call.body)


def tagged(call: Call) -> bool:
    return bool(body(call).get("response_format", {}).get("type") == "structural_tag")


def strict(call: Call) -> bool:
    return all(tool["function"].get("strict") for tool in body(call)["tools"])


WHERE: dict[str, tuple[Pool, Request, bool, bool]] = {
    "an engine without a parser": (pool_of(), REQUEST, True, False),
    "a parser that passes the text on": (pool_of(PARSES), REQUEST, True, False),
    "a family that writes tags": (pool_of(model="qwen3-coder-30b-a3b-instruct"), REQUEST, True, False),
    "an engine that is too old, or another": (pool_of(replace(PASSES, tags=False)), REQUEST, False, False),
    "a family that nobody knows": (pool_of(model="something"), REQUEST, False, False),
    "a family whose form has no grammar here": (pool_of(model="glm-4.5-air"), REQUEST, False, False),
    "switched off": (pool_of(constrain="off"), REQUEST, False, False),
    "no tools": (pool_of(), ASKED, False, False),
    "the client's own format": (pool_of(), replace(REQUEST, output=OutputFormat()), False, False),
    "the configuration's own format": (
        pool_of(extra_body={"structured_outputs": {}}),
        REQUEST,
        False,
        False,
    ),
    "the engine's own parser": (
        pool_of(PARSES),
        replace(REQUEST, tool_choice=ToolChoice("required")),
        False,
        False,
    ),
    "the engine's own parser, strictly": (
        pool_of(PARSES, constrain="strict"),
        replace(REQUEST, tool_choice=ToolChoice("required")),
        False,
        True,
    ),
    "a model that thinks, before a parser that would not see it": (
        pool_of(PARSES, model="qwen3-8b", constrain="strict"),
        replace(REQUEST, tool_choice=ToolChoice("required")),
        False,
        False,
    ),
}


@pytest.mark.parametrize(("pool", "request_", "has_tag", "is_strict"), WHERE.values(), ids=WHERE)
def test_where_a_request_is_constrained(
    pool: Pool, request_: Request, has_tag: bool, is_strict: bool
) -> None:
    call = asking(pool, request_).first()
    assert call.url.endswith("/v1/chat/completions")
    assert tagged(call) == has_tag
    assert (bool(request_.tools) and strict(call)) == is_strict


def test_versions_are_compared_by_their_numbers() -> None:
    assert numbers("0.9.2") < numbers("0.31.9") < TAGS_SINCE <= numbers("0.32.0+cpu") < numbers("1.0")


def test_token_ids_are_constrained_like_messages() -> None:
    made = asking(pool_of(replace(PASSES, renders=False)))
    assert made.first().url.endswith("/tokenize")
    call = made.counted(Counted(9, Raw(b"[1,2]")), 200)
    assert call.url.endswith("/v1/completions")
    assert tagged(call)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refusal_is_asked_again_without_and_remembered(status: int) -> None:
    pool = pool_of()
    made = asking(pool)
    assert tagged(made.first())
    again = made.rejected(Rejection(status, b'{"error":{"message":"no"}}'))
    assert not tagged(again)
    made.readings()
    assert not tagged(asking(pool).first())
    pool.replicas[0].came_back()
    pool.replicas[0].facts = PASSES
    assert tagged(asking(pool).first())


def test_a_request_that_is_refused_without_it_too_teaches_nothing() -> None:
    pool = pool_of()
    made = asking(pool)
    made.first()
    made.rejected(REFUSED)
    with pytest.raises(BadRequest):
        made.rejected(REFUSED)
    made.finish(0)
    assert tagged(asking(pool).first())


def test_an_overflow_is_not_the_constraints_fault() -> None:
    made = asking(pool_of())
    made.first()
    assert made.rejected(Rejection(400, json.dumps(says(OVERFLOW)).encode())).url.endswith("/tokenize")
    assert tagged(made.counted(Counted(10), 200))


def test_a_strict_tool_that_is_refused_goes_without() -> None:
    made = asking(pool_of(PARSES, constrain="strict"), replace(REQUEST, tool_choice=ToolChoice("required")))
    assert strict(made.first())
    assert not strict(made.rejected(REFUSED))


def test_an_engine_that_fails_in_mid_reply_is_spared_it() -> None:
    pool = pool_of()
    made = asking(pool)
    made.first()
    stages = Stages(str)
    stages.feed([Failed(BadAnswer("Internal server error"))])
    made.finish(0, stages)
    assert not tagged(asking(pool).first())


def test_ids_go_out_in_the_familys_form() -> None:
    from tests.turns.test_ids import TWO

    pool = pool_of(model="kimi-k2-instruct")
    messages = body(asking(pool, replace(REQUEST, turns=TWO)).first())["messages"]
    assert [call["id"] for call in messages[0]["tool_calls"]] == ["functions.Read:0", "functions.Bash:1"]
    assert [m["tool_call_id"] for m in messages if m["role"] == "tool"] == [
        "functions.Read:0",
        "functions.Bash:1",
    ]
