"""The run as a whole: order, needs, limits, and that it ends well whatever the endpoint does."""

import asyncio
from dataclasses import replace

import pytest

from dragoman.runtime.supervisor import free_port
from dragoman.verify import suite
from dragoman.verify.endpoint import Target
from dragoman.verify.outcome import Failed, Outcome, Result, Seen
from dragoman.verify.suite import Plan, failed, known, verify
from dragoman.verify.talk import Check, Talk
from tests.gateway import gateway_before
from tests.scripted_engine import ScriptedEngine, whole
from tests.verify.conftest import KEY, Trying
from tests.verify.spoiling import Exchange, edits, sets


def run(url: str, plan: Plan | None = None, key: str = KEY) -> dict[tuple[str, str], Result]:
    results = asyncio.run(verify(Target(url, key), plan))
    return {(result.check, result.protocol): result for result in results}


def test_all_checks_pass_before_an_endpoint_that_is_well(trying: Trying) -> None:
    results = run(trying.gateway.url)
    assert {result.outcome for result in results.values()} == {Outcome.PASSED}, results
    plan = Plan()
    assert len(results) == sum(plan.counts())
    assert {name for name, _ in results} == {name for name, check in known().items() if not check.client}


def test_a_quick_run_is_the_quick_checks_and_takes_seconds(trying: Trying) -> None:
    results = asyncio.run(suite.quick(Target(trying.gateway.url, KEY)))
    quick = [name for name, check in known().items() if check.quick]
    assert list(dict.fromkeys(result.check for result in results)) == quick
    assert {result.outcome for result in results} == {Outcome.PASSED}, results
    assert {"weather", "streaming", "key", "models"} <= set(quick)


def test_a_quick_run_begins_nothing_after_its_time(trying: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "QUICK_S", -1.0)
    results = asyncio.run(suite.quick(Target(trying.gateway.url, KEY)))
    assert {result.outcome for result in results} == {Outcome.SKIPPED}
    assert not failed(results)


def test_a_first_answer_that_warms_the_engine_up_costs_a_quick_run_nothing(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "QUICK_S", 3.0)
    first = known()["speaks"]

    async def slow(talk: Talk) -> Seen:
        await asyncio.sleep(3.1)
        return await first.run(talk)

    monkeypatch.setitem(known(), "speaks", replace(first, run=slow))
    results = asyncio.run(suite.quick(Target(trying.gateway.url, KEY)))
    assert results[-1].check == "weather"
    assert results[-1].outcome is Outcome.PASSED


def slowly(name: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that takes so much longer than it does."""
    check = known()[name]

    async def slow(talk: Talk) -> Seen:
        await asyncio.sleep(seconds)
        return await check.run(talk)

    monkeypatch.setitem(known(), name, replace(check, run=slow))


def test_a_model_that_thinks_for_long_is_cut_off_by_a_quick_run_and_no_failure(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "QUICK_S", 2.0)
    slowly("weather", 30.0, monkeypatch)
    weather = asyncio.run(suite.quick(Target(trying.gateway.url, KEY)))[-1]
    assert (weather.check, weather.outcome) == ("weather", Outcome.SKIPPED)
    assert weather.detail == "the 2 s of a quick run were over"


def test_the_first_answer_may_take_as_long_as_the_run_says(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(known(), "speaks", replace(known()["speaks"], limit=0.1))
    slowly("speaks", 0.3, monkeypatch)
    target = Target(trying.gateway.url, KEY)
    for first_s, outcome in ((0.0, Outcome.FAILED), (20.0, Outcome.PASSED)):
        results = asyncio.run(suite.quick(target, first_s=first_s))
        assert {result.outcome for result in results if result.check == "speaks"} == {outcome}


def test_one_protocol_can_be_chosen(trying: Trying) -> None:
    results = run(trying.gateway.url, Plan(("openai",), quick=True))
    assert {protocol for _, protocol in results} == {"", "openai"}


def test_nothing_there_fails_one_check_and_skips_the_others() -> None:
    results = run(f"http://127.0.0.1:{free_port()}")
    outcomes = {name: result.outcome for (name, _), result in results.items()}
    assert outcomes.pop("reachable") is Outcome.FAILED
    assert set(outcomes.values()) == {Outcome.SKIPPED}
    assert results["streaming", "openai"].detail == "reachable: failed"


def test_a_protocol_that_is_not_there_is_lacking_and_no_failure(trying: Trying) -> None:
    def bare(exchange: Exchange) -> None:
        if exchange.path.startswith("/v1/messages"):
            exchange.answers(404, {"detail": "Not Found"})

    trying.spoiled.fault = bare
    results = run(trying.spoiled.url, Plan(quick=True))
    assert results["speaks", "anthropic"].outcome is Outcome.LACKING
    assert results["text", "anthropic"].outcome is Outcome.SKIPPED
    assert results["text", "openai"].outcome is Outcome.PASSED
    assert not failed(results.values())


def test_an_endpoint_without_any_protocol_fails() -> None:
    with ScriptedEngine() as engine:
        engine.always(whole({}, 404), "/v1/chat/completions")
        results = run(engine.url, key="")
    last = list(results.values())[-1]
    assert (last.check, last.outcome) == ("speaks", Outcome.FAILED), results
    assert last.detail == "it does not speak Anthropic's nor OpenAI's protocol"
    assert last.mend


def test_rubbish_everywhere_fails_in_words(trying: Trying) -> None:
    trying.spoiled.fault = lambda exchange: exchange.answers(200, b"\x00\xff{]", "text/plain")
    results = run(trying.spoiled.url)
    assert failed(results.values())
    assert not any("Error" in result.detail for result in results.values()), results


def test_a_hang_is_a_failure_that_says_what_was_waited_for(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(known(), "text", replace(known()["text"], limit=0.2))

    def slow(exchange: Exchange) -> None:
        exchange.pause = 1.0 if exchange.is_chat else 0.0

    trying.spoiled.fault = slow
    result = trying.result("text", "openai", trying.spoiled.url)
    assert result.outcome is Outcome.FAILED
    assert result.detail == "not done within 0.2 s: no answer to POST /v1/chat/completions"


def test_a_check_that_breaks_is_a_failure_and_no_traceback(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(_talk: Talk) -> Seen:
        raise KeyError("choices")

    monkeypatch.setitem(known(), "text", replace(known()["text"], run=breaks))
    result = trying.result("text", "openai", trying.gateway.url)
    assert (result.outcome, result.detail) == (
        Outcome.FAILED,
        "the answer cannot be understood (KeyError: 'choices')",
    )
    assert result.mend


@pytest.mark.parametrize("own", [True, False])
def test_a_mend_puts_no_gateway_before_our_own(
    trying: Trying, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    async def fails(_talk: Talk) -> Seen:
        raise Failed("cut")

    stop = known()["stop"]
    assert suite.SERVE in stop.mend
    monkeypatch.setitem(known(), "stop", replace(stop, run=fails))
    trying.spoiled.fault = lambda exchange: None if own else hide(exchange)
    results = run(trying.spoiled.url, Plan(("openai",)))
    assert results["stop", "openai"].mend == stop.mend + (suite.OURS if own else "")


def hide(exchange: Exchange) -> None:
    """The page that says whose the gateway is."""
    if exchange.path == "/":
        exchange.answers(404, {})


def test_words_of_an_endpoint_are_made_harmless_and_the_key_is_taken_out(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says(_talk: Talk) -> Seen:
        return Seen(f"\x1b[2Jyour key {KEY}\u202e is\nwrong")

    check: Check = replace(known()["text"], run=says)
    monkeypatch.setitem(known(), "text", check)
    result = trying.result("text", "openai", trying.gateway.url)
    assert result.detail == " [2Jyour key [the key]  is wrong"


def test_what_a_weak_model_leaves_open_is_no_failure() -> None:
    outcomes = (Outcome.PASSED, Outcome.UNPROVED, Outcome.LACKING, Outcome.SKIPPED)
    assert not failed(Result("text", "", outcome, "") for outcome in outcomes)
    assert failed([Result("text", "", Outcome.FAILED, "")])


def test_a_model_can_be_named(engine: ScriptedEngine) -> None:
    engine.models = {"one": 1000, "two": 2000}
    with gateway_before(engine.url) as gateway:
        results = asyncio.run(verify(Target(gateway.url, model="two"), Plan(("openai",), quick=True)))
        named = next(result for result in results if result.check == "models")
        assert named.detail.endswith("tried: two, 2,000 tokens")
        results = asyncio.run(verify(Target(gateway.url, model="three"), Plan(("openai",), quick=True)))
    named = next(result for result in results if result.check == "models")
    assert (named.outcome, named.mend) == (Outcome.FAILED, "name a listed one with --model")


def test_what_is_lacking_hinders_nothing_but_a_protocol_itself(
    trying: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without usage nobody can see whether tools reach the model; calls can be tried all the same."""
    tried = {"reachable", "key", "models", "speaks", "text", "streaming", "tools_seen", "tool_call"}
    some = {name: check for name, check in known().items() if name in tried}
    monkeypatch.setattr(suite, "known", lambda: some)
    trying.spoiled.fault = edits(whole=sets("usage", None), when=lambda asked: asked["max_tokens"] == 1)
    results = run(trying.spoiled.url, Plan(("openai",)))
    assert results["tools_seen", "openai"].outcome is Outcome.LACKING
    assert results["tool_call", "openai"].outcome is Outcome.PASSED
