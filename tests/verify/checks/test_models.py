"""The list of models."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "no list": ("openai", lambda x: x.answers(404, {}), "no list of models", Outcome.LACKING),
    "an empty list": ("openai", lambda x: x.answers(200, {"data": []}), "lists no model", FAILED),
    "a web page": (
        "openai",
        lambda x: x.answers(200, b"<!DOCTYPE html><p>Welcome", "text/html"),
        "a web page, not JSON",
        FAILED,
    ),
    "entries without ids": (
        "openai",
        lambda x: x.answers(200, {"data": [{"name": "m"}]}),
        "no `data` with ids",
        FAILED,
    ),
    "OpenAI's shape alone": (
        "anthropic",
        lambda x: x.answers(200, {"data": [{"id": "m", "object": "model"}]}),
        "OpenAI's shape alone",
        Outcome.LACKING,
    ),
    "an engine that is not up": (
        "anthropic",
        lambda x: x.answers(503, {"error": {"message": "loading"}}),
        "503: loading",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("models")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("models", *FAULTS[fault])
