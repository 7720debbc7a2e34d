"""Keys: right, wrong, none."""

import pytest

from dragoman.verify.checks.key import without
from dragoman.verify.outcome import Failed, Outcome
from tests.verify.conftest import FAILED, KEY, Trying
from tests.verify.spoiling import Exchange, Fault


def only_bearer(exchange: Exchange) -> None:
    """As vLLM does."""
    right = exchange.headers.get("authorization") == f"Bearer {KEY}"
    exchange.answers(200 if right else 401, {"error": "Unauthorized"})


def unclear(exchange: Exchange) -> None:
    """As LiteLLM does."""
    right = exchange.headers.get("authorization") == f"Bearer {KEY}"
    exchange.answers(200 if right else 400, {"error": {"message": "No connected db."}})


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "a door that is open": (
        "anthropic",
        lambda x: x.answers(200, {"data": []}),
        "answers without a key",
        FAILED,
    ),
    "a key that is refused": (
        "openai",
        lambda x: x.answers(401, {"error": "Unauthorized"}),
        "the key is refused with 401: Unauthorized",
        FAILED,
    ),
    "any key will do": (
        "openai",
        lambda x: x.answers(200 if "authorization" in x.headers else 401, {}),
        "a wrong key opens it",
        FAILED,
    ),
    "Anthropic's header is ignored": (
        "anthropic",
        only_bearer,
        "refused where it comes as `x-api-key` alone",
        FAILED,
    ),
    "a wrong key looks like a wrong request": ("openai", unclear, "refused with 400 instead of 401", FAILED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("key")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("key", *FAULTS[fault])


def test_without_a_key_only_this_machine_may_come(trying: Trying) -> None:
    said = trying.meets("key", "openai", lambda x: None, "it wants a key", key="")
    assert "DRAGOMAN_KEY" in said.mend
    trying.meets("key", "openai", lambda x: x.answers(200, {}), "none is needed", Outcome.PASSED, key="")
    with pytest.raises(Failed, match="answers anybody who can reach 10"):
        without(True, "10.0.0.7")
