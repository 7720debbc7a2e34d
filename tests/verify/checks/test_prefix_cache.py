"""The prefix cache."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault, edits, sets

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "little comes from it": ("openai", edits(whole=sets("cached_tokens", 3)), "3 of ", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("prefix_cache")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("prefix_cache", *FAULTS[fault])


@pytest.mark.parametrize("protocol", ["anthropic", "openai"])
def test_a_cache_that_is_off_is_seen_in_the_metrics(trying: Trying, protocol: str) -> None:
    trying.behaving.caches = False
    try:
        result = trying.result("prefix_cache", protocol, trying.gateway.url)
    finally:
        trying.behaving.caches = True
    assert result.outcome is Outcome.FAILED
    assert "none came from the cache" in result.detail
    assert "--no-enable-prefix-caching" in result.mend


def test_the_metrics_serve_where_usage_says_nothing(trying: Trying) -> None:
    trying.meets(
        "prefix_cache",
        "openai",
        edits(whole=sets("prompt_tokens_details", None)),
        "by metrics",
        Outcome.PASSED,
    )


def test_without_both_nobody_can_say(trying: Trying) -> None:
    def blind(exchange: Exchange) -> None:
        edits(whole=sets("prompt_tokens_details", None))(exchange)
        if exchange.path == "/status":
            exchange.answers(404, {})

    trying.meets("prefix_cache", "openai", blind, "neither usage nor metrics", Outcome.LACKING)
