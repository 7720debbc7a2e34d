"""A plain answer."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, cut_after, edits, sets


def reasoned(value: dict[str, Any]) -> None:
    """A reasoning parser before a model that does not think."""
    value["choices"][0]["message"] |= {"content": None, "reasoning": "Hello."}


def lost(value: dict[str, Any]) -> None:
    value["choices"][0]["message"]["content"] = None
    value["usage"]["completion_tokens"] = 12


def silent(value: dict[str, Any]) -> None:
    value["choices"][0]["message"]["content"] = ""
    value["usage"]["completion_tokens"] = 1


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "reasoning alone": ("openai", edits(whole=reasoned), "the whole answer came as reasoning", FAILED),
    "words that are lost": ("openai", edits(whole=lost), "12 tokens were made, and no text came", FAILED),
    "no usage": ("anthropic", edits(whole=sets("usage", None)), "no usage of tokens", FAILED),
    "a stop reason that nobody knows": (
        "anthropic",
        edits(whole=sets("stop_reason", "abort")),
        "the stop reason is abort",
        FAILED,
    ),
    "no stop reason": (
        "openai",
        edits(whole=sets("finish_reason", None)),
        "the stop reason is missing",
        FAILED,
    ),
    "a model that says nothing": ("openai", edits(whole=silent), "the model said nothing", Outcome.UNPROVED),
    "an answer that is cut": (
        "openai",
        cut_after(20),
        "",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("text")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("text", *FAULTS[fault])
