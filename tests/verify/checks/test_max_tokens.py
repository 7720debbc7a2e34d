"""Room for the answer."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, edits, refuses, sets

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "more than fits is refused": (
        "anthropic",
        refuses(
            400,
            "max_tokens=64000 cannot be greater than max_model_len",
            lambda asked: asked["max_tokens"] > 1000,
        ),
        "64,000 tokens of room are refused",
        FAILED,
    ),
    "a limit that is lost": (
        "openai",
        edits(event=sets("completion_tokens", 70)),
        "5 tokens were allowed, and 70 came",
        FAILED,
    ),
    "a stop reason that is wrong": (
        "anthropic",
        edits(event=sets("stop_reason", "tool_use")),
        "the stop reason is tool",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("max_tokens")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("max_tokens", *FAULTS[fault])
