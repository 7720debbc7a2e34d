"""tool_choice."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Exchange, Fault, edits, on_chats, refuses, sets


def words(value: dict[str, Any]) -> None:
    value["choices"][0] |= {"message": {"role": "assistant", "content": "Sunny."}, "finish_reason": "stop"}


def stream(text: str, reason: str) -> bytes:
    chunk = {
        "object": "chat.completion.chunk",
        "choices": [{"delta": {"content": text}, "finish_reason": reason}],
    }
    return Events([("", chunk), ("", "[DONE]")]).encode()


@on_chats
def without_calls(exchange: Exchange) -> None:
    if exchange.streams:
        exchange.body = stream("Sunny.", "stop")


@on_chats
def cut(exchange: Exchange) -> None:
    if exchange.streams:
        exchange.body = stream('<tool_call> {"name": "get_weather", "arg', "length")


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a choice that is ignored": (
        "openai",
        without_calls,
        "a call was demanded with tool_choice, and 'Sunny.' came",
        FAILED,
    ),
    "a choice that is refused": (
        "anthropic",
        refuses(400, "requires --tool-call-parser to be set"),
        "--tool-call-parser",
        FAILED,
    ),
    "`any` is refused": (
        "anthropic",
        refuses(400, "no any", lambda asked: asked["tool_choice"]["type"] == "any"),
        "a demand for any call is refused: it answered 400: no any",
        FAILED,
    ),
    "`any` is ignored": (
        "openai",
        edits(whole=words),
        "a call of any tool was demanded, and none came",
        FAILED,
    ),
    "another tool": ("anthropic", edits(event=sets("name", "get_time")), "one of 'get_time' came", FAILED),
    "vLLM's stop reason of a named choice": (
        "anthropic",
        edits(event=sets("stop_reason", "end_turn")),
        "the stop reason end",
        FAILED,
    ),
    "a call that does not end": ("openai", cut, "did not end within", Outcome.UNPROVED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("forced")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("forced", *FAULTS[fault])
