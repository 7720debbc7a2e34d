"""Several calls in one reply."""

import json
from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Exchange, Fault, edits, on_chats, replaces


def same_id(event: dict[str, Any]) -> None:
    if event.get("content_block", {}).get("type") == "tool_use":
        event["content_block"]["id"] = "toolu_1"


@on_chats
def one_alone(exchange: Exchange) -> None:
    found = Events.of(exchange.body)
    found.listed = [(name, value) for name, value in found.listed if '"index": 1' not in json.dumps(value)]
    exchange.body = found.encode()


class Ignoring:
    """Answers the second request, which allows one call, with what came of the first."""

    def __init__(self) -> None:
        self.first = b""

    def __call__(self, exchange: Exchange) -> None:
        if exchange.is_chat and "disable_parallel_tool_use" not in exchange.sent.decode():
            self.first = exchange.body
        elif exchange.is_chat:
            exchange.body = self.first


ignores_single = Ignoring()


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "one id for both": ("anthropic", edits(event=same_id), "have the same id", FAILED),
    "one call where two were asked for": ("openai", one_alone, "one call at a time", Outcome.UNPROVED),
    "two where one was allowed": ("anthropic", ignores_single, "one call was allowed, and 2 came", FAILED),
    "calls that are mixed": ("openai", replaces('"index":1', '"index":0'), "are no JSON", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("parallel")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("parallel", *FAULTS[fault])
