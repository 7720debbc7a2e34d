"""Token counts."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault, edits, sets


def late(event: dict[str, Any]) -> None:
    """As LiteLLM does."""
    if event["type"] == "message_start":
        event["message"]["usage"]["input_tokens"] = 0


def counts(status: int, body: Any) -> Fault:
    def spoil(exchange: Exchange) -> None:
        if exchange.path.endswith("count_tokens"):
            exchange.answers(status, body)

    return spoil


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "no usage in streams": (
        "openai",
        edits(event=sets("usage", None)),
        "usage is missing in the stream",
        FAILED,
    ),
    "two counts for one prompt": (
        "openai",
        edits(whole=sets("prompt_tokens", 7)),
        "tokens of prompt streamed, 7 not streamed",
        FAILED,
    ),
    "more output than allowed": (
        "openai",
        edits(event=sets("completion_tokens", 99)),
        "99 tokens of output, where 8 were allowed",
        FAILED,
    ),
    "nothing at the start": ("anthropic", edits(event=late), "message_start says 0 tokens", FAILED),
    "no count_tokens": (
        "anthropic",
        counts(404, {"detail": "Not Found"}),
        "it has no count_tokens",
        Outcome.LACKING,
    ),
    "a count that is far off": (
        "anthropic",
        counts(200, {"input_tokens": 3}),
        "count_tokens says 3, and",
        FAILED,
    ),
    "a count that fails": (
        "anthropic",
        counts(500, {"error": {"message": "tokenizer"}}),
        "answered with 500: tokenizer",
        FAILED,
    ),
    "a count of another shape": ("anthropic", counts(200, {"count": 3}), "says no `input_tokens`", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("counting")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("counting", *FAULTS[fault])
