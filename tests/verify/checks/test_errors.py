"""Wrong requests."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, on_chats, refuses

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "vLLM's own kinds": (
        "anthropic",
        on_chats(
            lambda x: x.answers(400, {"type": "error", "error": {"type": "BadRequestError", "message": "no"}})
        ),
        "none of Anthropic's",
        FAILED,
    ),
    "OpenAI's shape to Anthropic's clients": (
        "anthropic",
        refuses(400, "1 validation error"),
        "not in the protocol's shape",
        FAILED,
    ),
    "422, as FastAPI has it": (
        "openai",
        on_chats(lambda x: x.answers(422, {"detail": []})),
        "422 instead of 400",
        FAILED,
    ),
    "a web page": (
        "openai",
        on_chats(lambda x: x.answers(400, b"<html>Bad Request", "text/html")),
        "a web page instead of JSON",
        FAILED,
    ),
    "what is wrong is served": (
        "anthropic",
        on_chats(lambda x: x.answers(200, {})),
        "200 instead of 400",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("errors")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("errors", *FAULTS[fault])
