"""Fixtures that many tests share: a scripted engine, and a gateway before it."""

from collections.abc import Iterator

import pytest

from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import ScriptedEngine


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as running:
        yield running


@pytest.fixture
def gateway(engine: ScriptedEngine) -> Iterator[RunningGateway]:
    """Before `engine`, without a key; it has asked for the models."""
    with gateway_before(engine.url) as running:
        yield running
