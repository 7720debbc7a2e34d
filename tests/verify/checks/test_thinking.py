"""Thinking."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Fault, always, edits, on_chats, refuses, replaces, sets


def thinks(asked: dict[str, Any]) -> bool:
    return bool(asked.get("thinking", {}).get("type") == "enabled")


def tags(text: str) -> Fault:
    choice = {"delta": {"content": text}, "finish_reason": "stop"}
    body = Events([("", {"object": "chat.completion.chunk", "choices": [choice]}), ("", "[DONE]")]).encode()
    return on_chats(lambda exchange: setattr(exchange, "body", body))


def moved(event: dict[str, Any]) -> None:
    """A reasoning parser that takes all for thoughts."""
    if event.get("delta", {}).get("type") == "text_delta":
        event["delta"]["text"] = ""


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "thinking is refused": (
        "anthropic",
        refuses(400, "reasoning_config is not configured", thinks),
        "a request for thinking is refused",
        FAILED,
    ),
    "it cannot be forbidden": (
        "anthropic",
        refuses(400, "no switch", lambda asked: asked.get("thinking", {}).get("type") == "disabled"),
        "a request without thinking is refused",
        FAILED,
    ),
    "thoughts may not come back": (
        "anthropic",
        refuses(400, "Invalid `signature`", lambda asked: "Let me see" in str(asked)),
        "thoughts in the history are refused",
        FAILED,
    ),
    "thoughts in the answer": (
        "openai",
        replaces('"reasoning', '"x-reasoning', always),
        "does not think",
        Outcome.LACKING,
    ),
    "tags in the answer": (
        "openai",
        tags("<think>17 times 3 is 51</think>51"),
        "thoughts stand in the answer, with <think>",
        FAILED,
    ),
    "tags among words without sense": ("openai", tags("rgh</think>xy"), "make no sense", Outcome.UNPROVED),
    "thoughts alone": ("anthropic", edits(event=moved), "the whole answer came as thoughts", FAILED),
    "no signature": ("anthropic", edits(event=sets("signature", "")), "without a signature", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("thinking")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("thinking", *FAULTS[fault])
