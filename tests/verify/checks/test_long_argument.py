"""A file's worth of text."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Exchange, Fault, edits, on_chats, sets


@on_chats
def cuts(exchange: Exchange) -> None:
    """As a server does that holds so much and no more."""
    if exchange.streams:
        found = Events.of(exchange.body)
        found.listed = [*found.listed[:100], *found.listed[-3:]]
        exchange.body = found.encode()


@on_chats
def leaves_out(exchange: Exchange) -> None:
    """As a model does that copies badly."""
    if exchange.streams:
        found = Events.of(exchange.body)
        del found.listed[len(found.listed) // 2]
        exchange.body = found.encode()


@on_chats
def writes_else(exchange: Exchange) -> None:
    """As a model does that cannot copy."""
    if exchange.streams:
        found = Events.of(exchange.body)
        del found.listed[4:9]
        exchange.body = found.encode()


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a model that writes something else": (
        "anthropic",
        writes_else,
        "wrote something else",
        Outcome.UNPROVED,
    ),
    "a history that is cut": (
        "openai",
        edits(whole=sets("prompt_tokens", 40)),
        "in a past call 0 tokens reach the model",
        FAILED,
    ),
    "arguments that are cut": ("openai", cuts, "are no JSON", FAILED),
    "a model that writes less": (
        "anthropic",
        leaves_out,
        "the model wrote 19,",
        Outcome.UNPROVED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("long_argument")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("long_argument", *FAULTS[fault])
