"""A client that goes away, as the engine's metrics show it."""

import pytest

from dragoman.verify.checks import cancel
from dragoman.verify.outcome import Outcome
from tests.verify.behaving import COUNTED
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("cancel")


@pytest.mark.parametrize("protocol", ["anthropic", "openai"])
def test_an_engine_that_works_on_is_caught(
    trying: Trying, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment on that it begins, one request more is said to run than does."""
    monkeypatch.setattr(cancel, "SOON", 0.3)
    monkeypatch.setattr(trying.behaving, "stuck_by_chats", True)
    result = trying.result("cancel", protocol, trying.gateway.url)
    trying.behaving.stuck = 0
    assert result.outcome is FAILED, result
    assert "the engine still works on 1 requests" in result.detail
    assert "abandoned requests" in result.mend


def test_without_metrics_nobody_can_say(trying: Trying) -> None:
    def blind(exchange: Exchange) -> None:
        if exchange.path == "/status":
            exchange.answers(404, {})

    trying.meets("cancel", "openai", blind, "no metrics of the engine can be reached", Outcome.LACKING)


def test_an_answer_that_is_over_proves_nothing(trying: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancel, "TEXT", f"Count from one to fourteen: {COUNTED[:20]}")
    result = trying.result("cancel", "anthropic", trying.gateway.url)
    assert result.outcome is Outcome.UNPROVED, result
    assert "over before anybody could hang up" in result.detail
