"""Whether the protocol is there."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, on_chats, refuses

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "no such route": (
        "anthropic",
        on_chats(lambda x: x.answers(404, {"detail": "Not Found"})),
        "it has no /v1/messages (it answered 404)",
        Outcome.LACKING,
    ),
    "a model that is away": (
        "openai",
        refuses(404, "The model `m` does not exist."),
        "it answered 404: The model",
        FAILED,
    ),
    "an engine that is broken": (
        "openai",
        refuses(500, "EngineCore encountered an issue."),
        "it answered 500: EngineCore",
        FAILED,
    ),
    "words instead of JSON": (
        "anthropic",
        on_chats(lambda x: x.answers(200, b"ok", "text/plain")),
        "`ok`, not JSON",
        FAILED,
    ),
    "another protocol's answer": (
        "anthropic",
        on_chats(lambda x: x.answers(200, {"choices": []})),
        "the answer is no message",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("speaks")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("speaks", *FAULTS[fault])
