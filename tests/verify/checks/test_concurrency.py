"""Eight at once."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault, edits, sets


class Full:
    """Serves one in two."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, exchange: Exchange) -> None:
        self.count += exchange.is_chat
        if exchange.is_chat and self.count % 2 == 0:
            exchange.answers(529, {"type": "error", "error": {"message": "busy"}})


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "some are turned away": ("anthropic", Full(), "of 8 at once were not served: it answered 529", FAILED),
    "replies with one id": (
        "anthropic",
        edits(event=sets("id", "msg_1")),
        "two replies have the same id",
        FAILED,
    ),
    "replies that are mixed up": (
        "openai",
        edits(event=sets("prompt_tokens", 9)),
        "replies are mixed up",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("concurrency")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("concurrency", *FAULTS[fault])
