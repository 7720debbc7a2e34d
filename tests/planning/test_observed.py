"""Plans against observed deployments, where they are at hand: fits, out of memory, refusals, every KV figure.

The cases are facts of other projects and stay outside of the repository.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dragoman.cli.plan import machine_of, make
from dragoman.planning.pins import Pins
from dragoman.planning.plan import Plan

CASES = Path(__file__).parents[3].joinpath("shared", "data", "deploy-cases.json")
CLOSE = 0.10
GIB = 1 << 30

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason="the observed deployments are not at hand")


class Judged(NamedTuple):
    case: dict[str, Any]
    plan: Plan


def pins(case: dict[str, Any]) -> Pins:
    """What a case states, as options; what it leaves out is left out."""
    return Pins(
        quant=case["quant"] if case["quant"] != "?" else "",
        tp=case["tp"],
        pp=case["pp"],
        ep=case["ep"],
        dp=case["dp"],
        max_model_len=case["max_model_len"],
        gpu_memory_utilization=case["util"],
        max_num_batched_tokens=case["max_num_batched_tokens"],
        max_num_seqs=case["max_num_seqs"],
        kv_cache_dtype=case["kv_cache_dtype"] or "",
        enforce_eager=bool(case["enforce_eager"]),
        attention_backend=case["attention_backend"] or "",
        engine_version=case["vllm_version"] or "",
    )


def planned(case: dict[str, Any]) -> Plan:
    wanted = pins(case)
    gpus = case["gpus"] if case["gpu_mem_gib"] else f"{case['n_gpus']} GPUs"
    return make(case["model"], machine_of(gpus, wanted), wanted)


def usable() -> Iterator[dict[str, Any]]:
    for case in json.loads(CASES.read_text("utf-8")):
        if case["outcome_class"] or case["kv_graded"]:
            yield case


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [Judged(case, planned(case)) for case in usable()]


def of_class(judged: list[Judged], *names: str) -> list[Judged]:
    return [each for each in judged if each.case["outcome_class"] in names]


def line(each: Judged, right: bool) -> str:
    plan = each.plan
    tokens = f"{plan.kv_tokens:,} tokens" if plan.kv_tokens is not None else "memory unknown"
    why = plan.error or plan.verdict.reason or f"{tokens}, window {plan.verdict.window:,}"
    return f"  {'ok ' if right else 'BAD'} {each.case['id']} {each.case['model']} {each.case['gpus']}: {why}"


def report(title: str, results: list[tuple[Judged, bool]], capsys: pytest.CaptureFixture[str]) -> int:
    right = sum(good for _, good in results)
    with capsys.disabled():
        print(f"\n{title}: {right} of {len(results)}")
        print("\n".join(line(each, good) for each, good in results))
    return right


def test_what_was_seen_to_fit_fits(judged: list[Judged], capsys: pytest.CaptureFixture[str]) -> None:
    results = [(each, each.plan.fits is True) for each in of_class(judged, "fits")]
    assert report("fits", results, capsys) >= 21


def test_what_ran_out_of_memory_does_not_fit(
    judged: list[Judged], capsys: pytest.CaptureFixture[str]
) -> None:
    results = [(each, each.plan.fits is False and not each.plan.error) for each in of_class(judged, "oom")]
    assert report("out of memory", results, capsys) == len(results) == 5


def test_what_was_refused_is_refused(judged: list[Judged], capsys: pytest.CaptureFixture[str]) -> None:
    refused = [(each, bool(each.plan.error)) for each in of_class(judged, "error")]
    assert report("refused", refused, capsys) == len(refused) == 3
    accepted = [(each, not each.plan.error) for each in of_class(judged, "no_error")]
    assert report("not refused", accepted, capsys) == len(accepted)


def test_every_figure_of_the_cache_is_close(judged: list[Judged], capsys: pytest.CaptureFixture[str]) -> None:
    graded = [each for each in judged if each.case["kv_graded"]]
    errors = {each.case["id"]: (each.plan.kv_tokens or 0) / each.case["kv_tokens"] - 1 for each in graded}
    with capsys.disabled():
        print("\nKV tokens")
        for each in graded:
            print(
                f"  {each.case['id']}: {each.plan.kv_tokens:,} planned, {each.case['kv_tokens']:,} seen "
                f"({errors[each.case['id']]:+.1%}); {left_of(each) / GIB:.2f} GiB planned, "
                f"{each.case['kv_gib_available']} seen"
            )
    assert len(graded) == 4
    assert all(abs(error) <= CLOSE for error in errors.values())


def test_the_arithmetic_of_the_cache_alone_is_exact(judged: list[Judged]) -> None:
    """With the memory that the engine printed, its tokens follow from the layout of the cache."""
    for each in judged:
        if not each.case["kv_graded"]:
            continue
        tokens = tokens_of(each, each.case["kv_gib_available"] * GIB)
        close = CLOSE if each.case["kv_approx"] else 0.001
        assert abs(tokens / each.case["kv_tokens"] - 1) < close, each.case["id"]


def test_a_constant_fitted_without_a_source_predicts_that_source(
    judged: list[Judged], capsys: pytest.CaptureFixture[str]
) -> None:
    """What a start takes beside its tensors is one constant: fitted on all sources but one, it holds."""
    graded = [each for each in judged if each.case["kv_graded"]]
    missing = {id(each): left_of(each) - each.case["kv_gib_available"] * GIB for each in graded}
    sources = sorted({each.case["source"] for each in graded})
    assert len(sources) >= 3
    for source in sources:
        others = [missing[id(each)] for each in graded if each.case["source"] != source]
        constant = sum(others) / len(others)
        for each in graded:
            if each.case["source"] == source:
                tokens = tokens_of(each, left_of(each) - constant)
                error = tokens / each.case["kv_tokens"] - 1
                with capsys.disabled():
                    print(f"  {each.case['id']} without {source}: {constant / GIB:+.2f} GiB, {error:+.1%}")
                assert abs(error) <= CLOSE


def left_of(each: Judged) -> float:
    memory = each.plan.verdict.memory
    assert memory
    return memory.available


def tokens_of(each: Judged, memory: float) -> int:
    """As the engine prints it: the longest request where it refuses, else the size of the cache."""
    pool, length = each.plan.verdict.pool, each.case["max_model_len"]
    if each.case["outcome_class"] == "oom":
        return pool.longest(memory, length)
    return pool.tokens(memory, length)
