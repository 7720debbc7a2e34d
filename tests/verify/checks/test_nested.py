"""Arguments with structure."""

import json
from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.behaving import TRIP
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Fault, on_chats, refuses

CHUNK = {"object": "chat.completion.chunk"}
WORDS = Events(
    [
        ("", {**CHUNK, "choices": [{"delta": {"content": "Bon voyage."}, "finish_reason": "stop"}]}),
        ("", "[DONE]"),
    ]
).encode()


def given(arguments: Any) -> Fault:
    """A call with these arguments."""
    function = {"name": "plan_trip", "arguments": json.dumps(arguments)}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    choice = {"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
    body = Events([("", {**CHUNK, "choices": [choice]}), ("", "[DONE]")]).encode()
    return on_chats(lambda exchange: setattr(exchange, "body", body))


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "such a schema is refused": (
        "anthropic",
        refuses(400, "Grammar error: $ref"),
        "a tool with such a schema is refused",
        FAILED,
    ),
    "a list as text": ("openai", given({**TRIP, "others": "[]"}), "`others` came as text", FAILED),
    "a number as text": (
        "openai",
        given({**TRIP, "first": {**TRIP["first"], "nights": "2"}}),
        "'2' is no integer",
        Outcome.UNPROVED,
    ),
    "no call": (
        "openai",
        on_chats(lambda x: setattr(x, "body", WORDS)),
        "the call was demanded, and none came",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("nested")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("nested", *FAULTS[fault])
