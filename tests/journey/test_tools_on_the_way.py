"""Whole journeys with tools: each mode's calls to the engine, and what the client gets of its text."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.journey.pool import Pool
from dragoman.model.effects import ToolUse
from dragoman.model.engine import EngineFacts, Mode
from tests.journeys import END, STOP, Driven, asking, chunk, pool_of, says, whole
from tests.scripts import call
from tests.streams import anthropic_message

TOOLS = [{"name": "Read", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}}]
FACTS = EngineFacts("vllm", "0.32.0", parses=False, renders=True, counts=True, reasons=False)
WAYS: dict[Mode, EngineFacts] = {
    "raw": FACTS,
    "completion": replace(FACTS, renders=False),
    "rendered": replace(FACTS, renders=False, counts=False),
}
TEXT = "I shall.\n" + call("read", path=7) + "\n"
COUNT = {"count": 3, "max_model_len": 4096, "tokens": [1, 2, 3]}
EXPECTED = [("text", "I shall."), ("tool_use", {"path": "7"})]


def knowing(facts: EngineFacts) -> Pool:
    pool = pool_of()
    pool.replicas[0].facts = facts
    return pool


def content(message: dict[str, Any]) -> list[tuple[str, Any]]:
    values = {"text": lambda block: block["text"].strip(), "tool_use": lambda block: block["input"]}
    return [(block["type"], values[block["type"]](block)) for block in message["content"]]


def piece(text: str, mode: Mode) -> bytes:
    if mode != "completion":
        return chunk(content=text)
    return b"data: %s\n\n" % json.dumps({"choices": [{"index": 0, "text": text}]}).encode()


@pytest.mark.parametrize("mode", WAYS)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_streamed_call(mode: Mode, size: int) -> None:
    journey = Driven(knowing(WAYS[mode])).begin(asking(tools=TOOLS))
    if mode == "completion":
        journey.answer(200, COUNT)
    journey.head()
    for at in range(0, len(TEXT), size):
        journey.send(piece(TEXT[at : at + size], mode))
    journey.send(END)
    message = anthropic_message(journey.out)
    assert (content(message), message["stop_reason"]) == (EXPECTED, "tool_use")
    assert journey.outcome is not None
    assert journey.outcome.repairs == {"name": 1, "type": 1}
    assert journey.outcome.tools == {"Read": ToolUse(1, {"name": 1, "type": 1})}
    assert journey.outcome.advice == ""


@pytest.mark.parametrize("mode", WAYS)
@pytest.mark.parametrize("finish", ["stop", "", None])
def test_a_whole_call_even_where_the_engine_gives_no_reason_for_the_end(mode: Mode, finish: Any) -> None:
    journey = Driven(knowing(WAYS[mode])).begin(asking(stream=False, tools=TOOLS))
    if mode == "completion":
        journey.answer(200, COUNT)
        journey.answer(200, {"choices": [{"index": 0, "text": TEXT, "finish_reason": finish}]})
    else:
        journey.answer(200, whole(finish, content=TEXT))
    message = json.loads(journey.out)
    assert (content(message), message["stop_reason"]) == (EXPECTED, "tool_use")


def test_a_stream_that_breaks_in_a_call_gives_nothing_that_can_be_run() -> None:
    journey = Driven(knowing(FACTS)).begin(asking(tools=TOOLS)).head()
    journey.send(piece(TEXT[:-20], "raw"))
    journey.end("connection reset")
    assert journey.error["type"] in ("api_error", "overloaded_error")
    assert b"tool_use" not in journey.out or b"content_block_stop" not in journey.out.split(b"tool_use")[-1]


def test_an_engine_that_forgot_its_flags_is_asked_again_at_once_and_the_client_sees_no_error() -> None:
    pool = pool_of()
    refusal = says('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    journey = Driven(pool).begin(asking(stream=False, tools=TOOLS)).answer(400, refusal)
    assert journey.paths == ["0/v1/chat/completions"] * 2
    assert json.loads(journey.calls[1].body)["tool_choice"] == "none"
    journey.answer(200, whole("stop", content=TEXT))
    assert content(json.loads(journey.out)) == EXPECTED


def test_what_a_parser_took_away_is_said_and_the_next_request_goes_round_it() -> None:
    pool = knowing(replace(FACTS, parses=True))
    used = b'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":60}}\n\n'
    journey = Driven(pool).begin(asking(tools=TOOLS)).head()
    journey.send(chunk(content="I shall.") + STOP + used + b"data: [DONE]\n\n")
    assert journey.outcome is not None
    assert journey.outcome.ending == "complete"
    assert "does not fit tiny: of 60 tokens 8 bytes of text came" in journey.outcome.advice
    following = Driven(pool).begin(asking(tools=TOOLS))
    assert following.paths == ["0/tokenize"]
    without = Driven(pool).begin(asking())
    assert without.paths == ["0/v1/chat/completions"]


UNSUPPORTED = says("litellm.UnsupportedParamsError: x does not support parameters: ['skip_special_tokens']")
UNKNOWN = {"detail": "Unexpected fields in the request: {'skip_special_tokens'}"}
NO_MARKERS = says("skip_special_tokens=False is not supported for Mistral tokenizers.")


@pytest.mark.parametrize("mode", ["raw", "completion"])
@pytest.mark.parametrize("setting", ["auto", "set"])
@pytest.mark.parametrize("refusal", [NO_MARKERS, UNKNOWN, UNSUPPORTED])
def test_an_engine_that_cannot_keep_markers_is_asked_without_and_remembered(
    mode: Mode, setting: str, refusal: dict[str, Any]
) -> None:
    pool = knowing(WAYS[mode])
    if setting == "set":
        pool.replicas[0].upstream = replace(pool.replicas[0].upstream, tools=mode)
    journey = Driven(pool).begin(asking(stream=False, tools=TOOLS))
    if mode == "completion":
        journey.answer(200, COUNT)
    journey.answer(422 if "detail" in refusal else 400, refusal)
    first, second = (json.loads(made.body) for made in journey.calls[-2:])
    assert first.pop("skip_special_tokens") is False
    assert second == first
    choice = {"message": {"content": TEXT}} if mode == "raw" else {"text": TEXT}
    journey.answer(200, {"choices": [{"index": 0, "finish_reason": "stop", **choice}]})
    assert content(json.loads(journey.out)) == EXPECTED
    following = Driven(pool).begin(asking(tools=TOOLS))
    if mode == "completion":
        following.answer(200, COUNT)
    assert "skip_special_tokens" not in json.loads(following.calls[-1].body)
    assert following.wait is not None


def test_a_client_that_wants_them_all_the_same_is_told() -> None:
    journey = Driven(knowing(FACTS)).begin(asking(stream=False, tools=TOOLS, skip_special_tokens=False))
    journey.answer(400, NO_MARKERS).answer(400, NO_MARKERS)
    assert len(journey.calls) == 2
    assert "skip_special_tokens" in journey.error["message"]
