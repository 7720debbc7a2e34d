"""tool_choice none."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Exchange, Fault, edits, on_chats, refuses, sets


@on_chats
def calls(exchange: Exchange) -> None:
    found = Events.of(exchange.body)
    for _, value in found.listed:
        if "content_block" in value:
            value["content_block"] = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
        if value["type"] == "content_block_delta":
            value["delta"] = {"type": "input_json_delta", "partial_json": ""}
    exchange.body = found.encode()


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a call all the same": ("anthropic", calls, "no call was allowed, and get_weather was called", FAILED),
    "the stop reason of a call": (
        "anthropic",
        edits(event=sets("stop_reason", "tool_use")),
        "the stop reason says that one was made",
        FAILED,
    ),
    "none is refused": ("openai", refuses(400, "Invalid tool_choice"), "Invalid tool_choice", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("forbidden")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("forbidden", *FAULTS[fault])
