"""Journeys under a constraint that makes the engine fail: asked again in silence, or ended as any break."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.journey.pool import Pool
from tests.journey.test_constraining import PARSES, PASSES, pool_of
from tests.journeys import END, Driven, asking, call_chunk, chunk, whole
from tests.scripts import call
from tests.streams import anthropic_message

TOOLS = [{"name": "Read", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}}]
CALL = call("Read", path="a")
FAILURE = b'data: {"error": {"message": "FSM failed to advance", "code": 500}}\n\n'
FAILED = {"error": {"message": "FSM failed to advance", "code": 500}}


def tagged(journey: Driven) -> list[bool]:
    """Of each call of the engine whether it was constrained."""
    return ["response_format" in json.loads(made.body) for made in journey.calls]


def takes_tags(pool: Pool) -> bool:
    return pool.replicas[0].facts_of(next(iter(pool.models.values()))).tags


SILENT: dict[str, bytes] = {
    "nothing": b"",
    "an empty first chunk": chunk(role="assistant", content=""),
    "a tag that is held back": chunk(content="<tool_call>") + chunk(content='\n{"name": "'),
    "white space before a call": chunk(content="\n\n") + chunk(content="<tool_call>"),
}
"""What the engine said before it failed, of which the client saw nothing."""
BREAKS = {"an error in the stream": FAILURE, "rubbish": b"data: rubbish\n\n", "the connection's end": b""}


@pytest.mark.parametrize("failure", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("said", SILENT.values(), ids=SILENT)
def test_a_stream_that_breaks_before_anything_was_seen_is_asked_again(said: bytes, failure: bytes) -> None:
    pool = pool_of()
    journey = Driven(pool).begin(asking(tools=TOOLS)).head()
    for data in filter(None, (said, failure)):
        journey.send(data)
    if not failure:
        journey.end("reset")
    assert journey.outcome is None
    assert tagged(journey) == [True, False]
    assert not takes_tags(pool)
    journey.head().send(chunk(content=CALL) + END)
    message = anthropic_message(journey.out)
    assert [block["input"] for block in message["content"]] == [{"path": "a"}]
    assert message["stop_reason"] == "tool_use"
    assert journey.outcome is not None
    assert (journey.outcome.ending, journey.outcome.calls) == ("complete", 1)
    assert journey.outcome.notes == {"constraint_dropped": 1}
    assert tagged(Driven(pool).begin(asking(tools=TOOLS))) == [False]


SEEN: dict[str, bytes] = {
    "text": chunk(content="I shall."),
    "thinking": chunk(reasoning="Hm."),
    "a part of a call": chunk(content=CALL[:-16]),
}


@pytest.mark.parametrize("said", SEEN.values(), ids=SEEN)
def test_what_was_sent_stays_and_the_stream_ends_as_any_broken_one(said: bytes) -> None:
    pool = pool_of(model="qwen3-8b", facts=replace(PASSES, reasons=True))
    journey = Driven(pool).begin(asking(tools=TOOLS)).head().send(said)
    seen = journey.out
    journey.send(FAILURE)
    assert journey.out.startswith(seen)
    assert journey.error["message"].endswith("FSM failed to advance")
    assert tagged(journey) == [True]
    assert not takes_tags(pool)


@pytest.mark.parametrize("how", ["an error", "the connection's end", "rubbish"])
def test_a_whole_reply_that_breaks_is_asked_again(how: str) -> None:
    pool = pool_of()
    journey = Driven(pool).begin(asking(stream=False, tools=TOOLS)).head()
    if how == "the connection's end":
        journey.send(b'{"choices": [').end("reset")
    else:
        journey.send(json.dumps(FAILED).encode() if how == "an error" else b"rubbish").end()
    assert tagged(journey) == [True, False]
    journey.answer(200, whole("stop", content=CALL))
    assert json.loads(journey.out)["content"][0]["input"] == {"path": "a"}
    assert not takes_tags(pool)


def test_it_is_asked_again_once() -> None:
    journey = Driven(pool_of()).begin(asking(tools=TOOLS)).head().send(FAILURE).head().send(FAILURE)
    assert tagged(journey) == [True, False]
    assert journey.error["type"] == "overloaded_error"
    assert journey.outcome is not None
    assert journey.outcome.ending == "broken"


def test_an_engine_that_refuses_the_second_request_is_heard() -> None:
    journey = Driven(pool_of()).begin(asking(tools=TOOLS)).head().send(FAILURE)
    journey.answer(400, {"error": {"message": "temperature must be in [0, 2]", "code": 400}})
    assert "temperature must be in [0, 2]" in journey.error["message"]


@pytest.mark.parametrize("settings", [{"constrain": "off"}, {"tools": "native"}])
def test_without_a_constraint_nothing_is_asked_again(settings: dict[str, Any]) -> None:
    journey = Driven(pool_of(**settings)).begin(asking(tools=TOOLS)).head().send(FAILURE)
    assert len(journey.calls) == 1
    assert journey.outcome is not None
    assert journey.outcome.ending == "broken"


def test_an_engines_own_grammar_is_dropped_likewise() -> None:
    pool = pool_of(PARSES, constrain="strict", tools="native")
    journey = Driven(pool).begin(asking(tools=TOOLS)).head().send(FAILURE)
    first, second = (json.loads(made.body)["tools"][0]["function"] for made in journey.calls)
    assert first["strict"] is True
    assert "strict" not in second
    journey.head().send(call_chunk('{"path": "a"}', "Read") + END)
    assert anthropic_message(journey.out)["content"][0]["input"] == {"path": "a"}


def test_the_second_answer_has_the_whole_time_again() -> None:
    journey = Driven(pool_of()).begin(asking(tools=TOOLS)).head().pass_time(500)
    journey.send(FAILURE).pass_time(500)
    assert journey.outcome is None
    journey.head().send(chunk(content=CALL) + END)
    assert anthropic_message(journey.out)["stop_reason"] == "tool_use"
