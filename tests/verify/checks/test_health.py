"""HEAD / and the pages of health."""

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Fault

FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "no such pages": ("", lambda x: x.answers(404, {}), "none of /health/readiness", Outcome.LACKING),
    "an engine that is away": (
        "",
        lambda x: x.answers(503 if x.path == "/health/readiness" else 200, {"status": "waiting"}),
        "/health/readiness says 503",
        FAILED,
    ),
    "a proxy that has no HEAD": (
        "",
        lambda x: x.answers(501 if x.method == "HEAD" else 200, {}),
        "HEAD / is answered with 501",
        FAILED,
    ),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("health")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("health", *FAULTS[fault])
