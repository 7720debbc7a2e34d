"""A long prompt."""

import pytest

from dragoman.verify.checks import silence
from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault, on_chats, refuses

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "such a prompt is refused": ("openai", refuses(413, "too large"), "it answered 413: too large", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("silence")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("silence", *FAULTS[fault])


def test_silence_is_caught(trying: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "SILENCE_S", 0.2)
    slow = on_chats(lambda exchange: setattr(exchange, "pause", 0.4))
    trying.meets("silence", "anthropic", slow, "no byte for 0.4 s")
