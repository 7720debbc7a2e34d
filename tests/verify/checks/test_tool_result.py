"""Results of calls."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, edits, refuses, replaces, sets

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "results that are lost": (
        "openai",
        edits(whole=sets("prompt_tokens", 50)),
        "a result of 840 characters more made 0 tokens more",
        FAILED,
    ),
    "a history that is refused": (
        "anthropic",
        refuses(400, "Conversation roles must alternate", lambda asked: "tool_result" in str(asked)),
        "roles must alternate",
        FAILED,
    ),
    "no usage": ("openai", edits(whole=sets("usage", None)), "tells no usage", Outcome.LACKING),
    "a model that makes nothing of them": (
        "openai",
        replaces(" 17", " some"),
        "the results reached the model, and it said",
        Outcome.UNPROVED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("tool_result")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("tool_result", *FAULTS[fault])
