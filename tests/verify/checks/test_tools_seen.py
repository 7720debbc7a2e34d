"""Whether tools stand in the prompt."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, edits, refuses, sets

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a template without tools": (
        "openai",
        edits(whole=sets("prompt_tokens", 11)),
        "11 tokens of prompt without a tool, 11 with one",
        FAILED,
    ),
    "an engine without a parser": (
        "anthropic",
        refuses(400, '"auto" tool choice requires --enable-auto-tool-choice', lambda asked: "tools" in asked),
        "a request with tools is refused",
        FAILED,
    ),
    "no usage": ("openai", edits(whole=sets("usage", None)), "tells no usage", Outcome.LACKING),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("tools_seen")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("tools_seen", *FAULTS[fault])
