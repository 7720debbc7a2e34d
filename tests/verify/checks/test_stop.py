"""Stop sequences."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, edits, refuses, sets


def goes_on(value: dict[str, Any]) -> None:
    value["choices"][0]["message"]["content"] = "A lighthouse warns ships."


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "they are lost": ("openai", edits(whole=goes_on), "goes on past the stop sequence", FAILED),
    "they are not named": (
        "anthropic",
        edits(whole=sets("stop_reason", "end_turn")),
        "the stop reason is end and names",
        FAILED,
    ),
    "too many for it": (
        "openai",
        refuses(400, "List should have at most 2 items"),
        "at most 2 items",
        FAILED,
    ),
    "a model that says nothing": (
        "openai",
        edits(whole=sets("content", "")),
        "writes none of the stop sequences",
        Outcome.UNPROVED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("stop")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("stop", *FAULTS[fault])
