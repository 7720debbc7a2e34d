"""Characters of every kind."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault, edits, on_chats, replaces, sets


@on_chats
def mojibake(exchange: Exchange) -> None:
    """Every text taken for Latin-1."""
    if exchange.streams:
        exchange.body = exchange.body.decode("latin-1").encode()


class Growing:
    """Counts each prompt as longer than the one before."""

    def __init__(self) -> None:
        self.count = 10

    def __call__(self, exchange: Exchange) -> None:
        self.count += 1
        edits(whole=sets("prompt_tokens", self.count))(exchange)


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "characters cut between bytes": ("anthropic", replaces("Ω", "�"), "characters come back broken", FAILED),
    "another encoding": ("openai", mojibake, "characters come back broken", FAILED),
    "escaped ones count otherwise": ("openai", Growing(), "with the same characters escaped", FAILED),
    "a model that says something else": (
        "openai",
        replaces("quoted", "q"),
        "it was asked to repeat",
        Outcome.UNPROVED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("unicode")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("unicode", *FAULTS[fault])
