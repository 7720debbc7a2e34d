"""A prompt over the window."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, on_chats, refuses

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "vLLM's own words": (
        "anthropic",
        refuses(400, "This model's maximum context length is 32768 tokens."),
        "Claude Code does not compact on 400: This model's maximum",
        FAILED,
    ),
    "the right words with a status that is wrong": (
        "anthropic",
        refuses(500, "prompt is too long: 5 tokens > 4 maximum"),
        "does not compact on 500",
        FAILED,
    ),
    "numbers that make no sense": (
        "anthropic",
        refuses(400, "prompt is too long: 4 tokens > 5 maximum"),
        "make no sense",
        FAILED,
    ),
    "a prompt that is cut and served": (
        "openai",
        on_chats(lambda x: x.answers(200, {"choices": []})),
        "answered all the same",
        FAILED,
    ),
    "words that no client knows": ("openai", refuses(400, "too big"), "no client knows 400", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("overflow")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("overflow", *FAULTS[fault])
