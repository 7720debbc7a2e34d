"""The whole of it against a real vLLM: through the gateway, at the engine itself, and through LiteLLM.

The model may be one of random weights: what needs skill may be left open there, and nothing else.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from dragoman.verify.endpoint import Target
from dragoman.verify.outcome import Outcome, Result
from dragoman.verify.suite import Plan, known, verify
from tests.fixtures import KEY
from tests.gateway import RunningGateway
from tests.real_engine import RealEngine

Results = dict[tuple[str, str], Result]

MAY_BE_OPEN = {name for name, check in known().items() if check.skill} | {"nested", "thinking"}
"""Random weights may not end a call, and may not say a word of sense."""


def run(target: Target, plan: Plan | None = None) -> Results:
    results = asyncio.run(verify(target, plan))
    return {(result.check, result.protocol): result for result in results}


def outcomes(results: Iterable[Result]) -> list[str]:
    return [f"{r.check} {r.protocol}: {r.outcome}, {r.detail}" for r in results]


@pytest.mark.engine
@pytest.mark.full
def test_through_the_gateway_all_that_needs_no_skill_passes(served: RunningGateway) -> None:
    """The quick checks, and those of tools, of errors, of the window and of cancelling."""
    quick = run(Target(served.url, KEY), Plan(quick=True))
    assert not outcomes(result for result in quick.values() if result.outcome is Outcome.FAILED)
    results = run(Target(served.url, KEY))
    assert len(results) > 50
    amiss = [
        result
        for (name, _), result in results.items()
        if result.outcome is not Outcome.PASSED and name not in MAY_BE_OPEN
    ]
    assert not outcomes(amiss)
    assert not outcomes(result for result in results.values() if result.outcome is Outcome.FAILED)
    streamed = results["streaming", "anthropic"].latency
    assert streamed is not None
    assert streamed.tokens


@pytest.mark.engine
@pytest.mark.full
def test_at_the_engine_itself_its_known_gaps_are_shown(real_engine: RealEngine) -> None:
    results = run(Target(real_engine.url))
    found = {key: result.outcome for key, result in results.items()}
    assert found["models", "anthropic"] is Outcome.LACKING
    assert found["errors", "anthropic"] is Outcome.FAILED
    assert found["overflow", "anthropic"] is Outcome.FAILED
    assert "does not compact on 400: This model's maximum context" in results["overflow", "anthropic"].detail
    assert found["thinking", "anthropic"] is Outcome.FAILED
    for name in ("text", "streaming", "forced", "cancel", "prefix_cache", "overflow"):
        assert found[name, "openai"] is Outcome.PASSED, results[name, "openai"]


@pytest.mark.engine
@pytest.mark.full
def test_an_engine_without_a_parser_fails_where_tools_begin(tmp_path: Path) -> None:
    with RealEngine(tmp_path, flags=()) as engine:
        results = run(Target(engine.url))
    for protocol in ("anthropic", "openai"):
        refused = results["tools_seen", protocol]
        assert refused.outcome is Outcome.FAILED
        assert "--enable-auto-tool-choice" in refused.detail
        assert "--tool-call-parser" in refused.mend
        assert results["weather", protocol].outcome is Outcome.FAILED
        assert results["forced", protocol].outcome is Outcome.FAILED


@pytest.mark.engine
@pytest.mark.full
def test_through_litellm_its_known_gaps_are_shown(real_engine: RealEngine, tmp_path: Path) -> None:
    from tests import litellm_proxy

    with litellm_proxy.LiteLLM(tmp_path, real_engine.url, real_engine.model) as proxy:
        results = run(Target(proxy.url, litellm_proxy.KEY, litellm_proxy.NAME))
    assert results["reachable", ""].detail == "LiteLLM"
    wrong = results["key", "anthropic"]
    assert wrong.outcome is Outcome.FAILED
    assert "400 instead of 401" in wrong.detail
    for name in ("unknown_model", "counting", "overflow"):
        assert results[name, "anthropic"].outcome is Outcome.FAILED, results[name, "anthropic"]
