"""One endpoint that is well for all these tests, one that spoils its answers, and a way to try one check."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dragoman.verify.endpoint import Endpoint, Target
from dragoman.verify.outcome import Outcome, Result
from dragoman.verify.suite import Plan, Run, known
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import ScriptedEngine
from tests.verify.behaving import Behaving
from tests.verify.spoiling import Fault, Spoiled, sound

KEY = "a key of the tests"
FAILED = Outcome.FAILED


@dataclass
class Trying:
    """Tries one check of `checks/`, before the endpoint that is well or before one with a fault."""

    behaving: Behaving
    gateway: RunningGateway
    spoiled: Spoiled

    def result(self, check: str, protocol: str, url: str, key: str = KEY) -> Result:
        """Of one check alone, whatever it needs; what the first ones find out is known."""

        async def one() -> Result:
            endpoint = Endpoint(Target(url, key))
            run = Run(endpoint, Plan((protocol or "anthropic",)), lambda *_: None)
            try:
                if check not in ("reachable", "key", "models"):
                    self._know(endpoint)
                return await run.one(check, known()[check], protocol)
            finally:
                endpoint.close()

        return asyncio.run(one())

    def _know(self, endpoint: Endpoint) -> None:
        endpoint.kind = "Dragoman"
        headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
        endpoint.models = self.gateway.http.get("/v1/models", headers=headers).json()["data"]

    def passes(self, check: str) -> None:
        """In each of its protocols, before the endpoint that is well."""
        for protocol in ("anthropic", "openai") if known()[check].per_protocol else ("",):
            result = self.result(check, protocol, self.gateway.url)
            assert result.outcome is Outcome.PASSED, result
            assert result.detail, "it says nothing of what it saw"

    def meets(
        self, check: str, protocol: str, fault: Fault, words: str, outcome: Outcome = FAILED, key: str = KEY
    ) -> Result:
        """Before an endpoint with this fault it ends so, and says these words."""
        self.spoiled.fault = fault
        try:
            result = self.result(check, protocol, self.spoiled.url, key)
        finally:
            self.spoiled.fault = sound
        assert result.outcome is outcome, result
        assert words in result.detail, result
        assert bool(result.mend) is (outcome is FAILED), result
        return result


@pytest.fixture(scope="session")
def well() -> "Iterator[tuple[Behaving, RunningGateway]]":
    """A gateway with a key, before an engine that does all that is asked of it."""
    with ScriptedEngine() as engine:
        behaving = Behaving(engine)
        with gateway_before(engine.url, key=KEY) as gateway:
            yield behaving, gateway


@pytest.fixture(scope="session")
def spoiled(well: tuple[Behaving, RunningGateway]) -> Iterator[Spoiled]:
    with Spoiled(well[1].url) as endpoint:
        yield endpoint


@pytest.fixture
def trying(well: tuple[Behaving, RunningGateway], spoiled: Spoiled) -> Trying:
    return Trying(*well, spoiled)
