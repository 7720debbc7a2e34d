"""The guides' question."""

from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, edits, refuses, sets

TEXT = '<tool_call>\n{"name": "get_weather", "arguments": {"location": "杭州"}}\n</tool_call>'


def says(value: dict[str, Any], text: str) -> None:
    value["choices"][0] |= {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}


def as_text(value: dict[str, Any]) -> None:
    says(value, TEXT)


def words(value: dict[str, Any]) -> None:
    says(value, "晴天。")


def half(value: dict[str, Any]) -> None:
    says(value, TEXT[:40])


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "the call as text": ("openai", edits(whole=as_text), "the call came as text: <tool_call>", FAILED),
    "broken arguments": ("openai", edits(whole=sets("arguments", '{"location": ')), "are no JSON", FAILED),
    "another place": (
        "openai",
        edits(whole=sets("arguments", '{"location": "Suzhou"}')),
        "Suzhou",
        Outcome.UNPROVED,
    ),
    "an engine without a parser": (
        "anthropic",
        refuses(400, '"auto" tool choice requires --enable-auto-tool-choice'),
        "it answered 400",
        FAILED,
    ),
    "words, but a forced call comes": (
        "openai",
        edits(whole=words),
        "made to call, it did",
        Outcome.UNPROVED,
    ),
    "the start of a call that a model left open": (
        "openai",
        edits(whole=half),
        "made to call, it did",
        Outcome.UNPROVED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("weather")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("weather", *FAULTS[fault])
