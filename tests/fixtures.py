"""Fixtures that many tests share: a scripted engine or a real one, and a gateway before it.

What they are made of is imported where it is needed: a test that wants none of it runs though it be broken.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.gateway import RunningGateway
    from tests.real_engine import RealEngine
    from tests.scripted_engine import ScriptedEngine

KEY = "a key of the tests"
"""The one that `served` wants."""


@pytest.fixture
def engine() -> "Iterator[ScriptedEngine]":
    from tests.scripted_engine import ScriptedEngine

    with ScriptedEngine() as running:
        yield running


@pytest.fixture
def gateway(engine: "ScriptedEngine") -> "Iterator[RunningGateway]":
    """Before `engine`, without a key; it has asked for the models."""
    from tests.gateway import gateway_before

    with gateway_before(engine.url) as running:
        yield running


@pytest.fixture(scope="session")
def real_engine(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[RealEngine]":
    """A real vLLM that parses tool calls; one for the whole session, for it takes half a minute to start."""
    from tests.real_engine import RealEngine

    with RealEngine(tmp_path_factory.mktemp("hermes")) as running:
        yield running


@pytest.fixture(scope="session")
def served(real_engine: "RealEngine") -> "Iterator[RunningGateway]":
    """A gateway before `real_engine`, with a key."""
    from tests.gateway import gateway_before

    with gateway_before(real_engine.url, key=KEY, aliases={"coder": ""}) as running:
        yield running
