"""The doctor before a real vLLM: one that is well, and configurations of tests/test_tool_ways with faults."""

import asyncio
from pathlib import Path

import pytest

from dragoman.doctor.gathering import Place, Wanted, gather
from tests.doctor.examined import examine
from tests.fixtures import KEY
from tests.gateway import RunningGateway
from tests.real_engine import RealEngine
from tests.test_tool_ways import SERVERS

pytestmark = pytest.mark.engine

# A configuration -> what is found at the engine itself, and a word of a mend.
PLANTED: dict[str, tuple[set[str], str]] = {
    "qwen3_coder": ({"tool_parser_wrong"}, "--tool-call-parser hermes"),
    "no flags": ({"tool_parser_missing"}, "--enable-auto-tool-choice --tool-call-parser hermes"),
    "no tools with none": (
        {"tool_parser_missing", "tools_excluded"},
        "without --exclude-tools-when-tool-choice-none",
    ),
    "a reasoning parser": ({"tool_parser_missing", "reasoning_parser_wrong"}, "without --reasoning-parser"),
}
WORTH_KNOWING = {"window_small"}
"""The engine of the tests has a window of 64k."""


def test_nothing_is_wrong_with_an_engine_that_is_well(served: RunningGateway, tmp_path: Path) -> None:
    for wanted in (Wanted(served.url, KEY), Wanted(served.gateway.pool.replicas[0].upstream.root)):
        seen = asyncio.run(gather(wanted, Place({}, tmp_path, tmp_path)))
        (engine,) = seen.engines
        assert (engine.parser_fits, engine.parser_set, engine.template_tools) == (True, True, True)
        assert (engine.facts.reasons, engine.system_refused, engine.health) == (False, "", 200)
        assert engine.meters.has("vllm:prefix_cache_queries")
        found = examine(wanted, tmp_path)
        assert set(found) <= WORTH_KNOWING
        assert not any(finding.matters for findings in found.values() for finding in findings)


@pytest.mark.full
@pytest.mark.parametrize("configuration", PLANTED)
def test_a_planted_configuration_is_named(configuration: str, tmp_path: Path) -> None:
    checks, mend = PLANTED[configuration]
    with RealEngine(tmp_path, SERVERS[configuration]) as engine:
        found = examine(Wanted(engine.url), tmp_path)
    assert set(found) - WORTH_KNOWING == checks
    assert any(mend in finding.mend for findings in found.values() for finding in findings)
