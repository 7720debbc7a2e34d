"""A model that nobody serves."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, on_chats, refuses

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "any name will do": (
        "openai",
        on_chats(lambda x: x.answers(200, {"choices": []})),
        "serves any name",
        Outcome.LACKING,
    ),
    "400 as LiteLLM has it": (
        "anthropic",
        refuses(400, "Invalid model name"),
        "400 instead of 404: Invalid model name",
        FAILED,
    ),
    "a name with broken characters": (
        "anthropic",
        refuses(404, "no model no-such-model-æ¨¡å"),
        "broken characters",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("unknown_model")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("unknown_model", *FAULTS[fault])
