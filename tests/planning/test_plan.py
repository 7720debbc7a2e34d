"""Whole plans: the models and machines that people ask about, and what must hold for any."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman import folder
from dragoman.engines.vllm.serve import arguments
from dragoman.model.hardware import Machine
from dragoman.planning import cards, rules
from dragoman.planning.calibrate import Correction
from dragoman.planning.catalogue import resolve
from dragoman.planning.fields import UnknownConfig
from dragoman.planning.pins import Pins
from dragoman.planning.plan import Plan, Task, plan
from tests.planning.models import (
    COMPRESSED,
    DENSE,
    GIB,
    HYBRID,
    LATENT,
    QWEN_235B,
    QWEN_235B_FP8,
    WINDOWED,
    machine,
    task,
)

CARDS, MODELS, PROFILES = folder.cards(), folder.models(), folder.profiles()


def planned(name: str, gpus: str, pins: Pins | None = None) -> Plan:
    resolved = resolve(name, MODELS)
    assert resolved
    return plan(Task(resolved, cards.machine(gpus, CARDS), pins or Pins(), CARDS, PROFILES))


# GPUs: layout, replicas, window, tokens of the cache. Section by section what others computed and saw.
FITS: dict[str, tuple[str, int, int, int]] = {
    "4xH20-96GB": ("TP4", 1, 262_144, 634_000),
    "4xA100-80GB": ("TP4", 1, 262_144, 340_000),
    "8xH100-80GB": ("TP4", 2, 262_144, 308_000),
    "2xH200-141GB": ("TP2", 1, 131_072, 162_000),
    "4xH200-141GB": ("TP4", 1, 262_144, 1_550_000),
    "2xB200": ("TP2", 1, 262_144, 536_000),
}


@pytest.mark.parametrize("gpus", FITS)
def test_the_guides_model(gpus: str) -> None:
    made = planned("Qwen/Qwen3-235B-A22B-Instruct", gpus)
    layout, replicas, window, tokens = FITS[gpus]
    assert made.fits and made.deployment.model == "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
    assert (str(made.deployment.layout), made.deployment.replicas) == (layout, replicas)
    assert made.verdict.window == window
    assert made.kv_tokens == pytest.approx(tokens, rel=0.03)
    assert "does not exist" in made.reasons[0]


def test_a_window_that_is_hardly_longer_is_not_worth_a_pipeline() -> None:
    made = planned("meta-llama/Llama-3.3-70B-Instruct", "2xA100-80GB")
    assert str(made.deployment.layout) == "TP2"
    piped = planned("meta-llama/Llama-3.3-70B-Instruct", "2xA100-80GB", Pins(tp=1, pp=2))
    assert made.verdict.window < piped.verdict.window < 1.1 * made.verdict.window


def test_a_gpu_that_is_far_too_small() -> None:
    made = planned("Qwen/Qwen3-235B-A22B-Instruct", "1xRTX4090-24GB")
    assert made.fits is False and made.error is None and made.kv_tokens == 0
    assert all(other.fits is False for other in made.alternatives)


def test_one_gpu_of_the_newest_kind_takes_four_bits() -> None:
    made = planned("Qwen/Qwen3-235B-A22B-Instruct", "1xB200")
    assert made.fits and made.deployment.model == "nvidia/Qwen3-235B-A22B-Instruct-2507-NVFP4"


def test_a_checkpoints_own_name_is_never_replaced() -> None:
    made = planned("Qwen/Qwen3-235B-A22B-Instruct-2507", "4xH20-96GB")
    assert made.fits is False and made.deployment.model == "Qwen/Qwen3-235B-A22B-Instruct-2507"


def test_a_form_is_chosen_among_those_that_a_name_means() -> None:
    made = planned("Qwen/Qwen3-235B-A22B-Instruct", "8xH100", Pins(quant="bf16"))
    assert made.deployment.model == "Qwen/Qwen3-235B-A22B-Instruct-2507"
    assert str(made.deployment.layout) == "TP8"
    online = planned("Qwen/Qwen3-235B-A22B-Instruct-2507", "4xH20", Pins(quant="fp8-online"))
    assert online.deployment.quantization == "fp8" and online.fits


def test_a_form_that_nobody_published_is_said() -> None:
    with pytest.raises(UnknownConfig, match="stored as int8"):
        planned("Kimi-K2", "8xH200", Pins(quant="int8"))


def test_the_command_line_is_the_deployments() -> None:
    pins = Pins(
        tp=4,
        max_num_batched_tokens=4096,
        max_num_seqs=64,
        kv_cache_dtype="fp8",
        enforce_eager=True,
        attention_backend="FLASHINFER",
        gpu_memory_utilization=0.88,
        max_model_len=100_000,
    )
    made = planned("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "4xH100", pins)
    assert made.argv == ("vllm", "serve", *arguments(made.deployment))
    line = " ".join(made.argv)
    for words in (
        "--tensor-parallel-size 4",
        "--max-num-batched-tokens 4096",
        "--max-num-seqs 64",
        "--kv-cache-dtype fp8",
        "--enforce-eager",
        "--attention-backend FLASHINFER",
        "--gpu-memory-utilization 0.88",
        "--max-model-len 100000",
        "--tool-call-parser hermes",
    ):
        assert words in line


def test_parsers_come_from_the_family() -> None:
    thinking = planned("Qwen/Qwen3-235B-A22B-Thinking-2507-FP8", "4xH100").deployment
    assert (thinking.tool_parser, thinking.reasoning_parser) == ("hermes", "qwen3")
    v32 = planned("deepseek-ai/DeepSeek-V3.2", "8xH200").deployment
    assert v32.tool_parser == "deepseek_v32"
    assert v32.extra == ("--tokenizer-mode", "deepseek_v32")


def test_tight_plans_take_what_fits_where_the_release_can() -> None:
    where = machine(4, 77.5)
    new = plan(task(QWEN_235B_FP8, where))
    assert new.verdict.tight and new.deployment.max_model_len == -1
    old = plan(task(QWEN_235B_FP8, machine(4, 79), Pins(engine_version="0.10.0")))
    assert not old.verdict.tight or (old.deployment.max_model_len or 0) > 200_000


def test_two_machines_share_one_engine_by_stages() -> None:
    made = plan(task(QWEN_235B_FP8, machine(4, 47.5, (8, 9), nodes=2)))
    assert made.fits and str(made.deployment.layout) == "TP4+PP2"
    assert (made.deployment.nodes, made.deployment.replicas) == (2, 1)


@pytest.mark.parametrize(
    ("config", "where", "pins", "offered"),
    [
        (QWEN_235B_FP8, machine(2, 139.8), Pins(), True),
        (QWEN_235B_FP8, machine(2, 139.8), Pins(tp=2, max_model_len=262_144), True),
        (QWEN_235B_FP8, machine(4, 95), Pins(), False),
        (QWEN_235B_FP8, machine(2, 139.8), Pins(kv_cache_dtype="fp8"), False),
        (QWEN_235B_FP8, machine(2, 139.8, (8, 0)), Pins(), False),
        (QWEN_235B_FP8, machine(2, 79), Pins(), False),
    ],
)
def test_a_smaller_cache_is_offered_where_the_cache_is_the_limit(
    config: dict[str, Any], where: Machine, pins: Pins, offered: bool
) -> None:
    made = plan(task(config, where, pins))
    found = [other for other in made.alternatives if "--kv-cache-dtype fp8" in other.reason]
    assert bool(found) == offered
    assert all(other.fits and other.window > made.verdict.longest for other in found)


def test_unknown_memory_is_no_answer() -> None:
    made = plan(task(QWEN_235B_FP8, machine(8, 0, None), Pins(tp=8, ep=True)))
    assert made.fits is None and made.error is None and made.kv_tokens is None
    assert made.predicted.kv_tokens is None and made.predicted.weights


def test_measurements_of_earlier_starts_are_used() -> None:
    def correct(deployment: Any) -> Correction:
        fits = deployment.layout.tensor == 4
        return Correction(overhead=8 * GIB, notes=("Measured here.",)) if fits else Correction()

    given_task = replace(task(QWEN_235B_FP8, machine(4, 95)), correct=correct)
    made, plain = plan(given_task), plan(task(QWEN_235B_FP8, machine(4, 95)))
    assert (made.kv_tokens or 0) < (plain.kv_tokens or 0)
    assert "Measured here." in made.reasons and made.predicted.overhead == 8 * GIB


CONFIGS = st.sampled_from([QWEN_235B, QWEN_235B_FP8, DENSE, HYBRID, LATENT, WINDOWED, COMPRESSED])
SIZES = st.sampled_from([12, 24, 48, 79.2, 95, 140, 180, 288])
COUNTS = st.sampled_from([1, 2, 4, 8])
LAYOUTS = st.builds(
    Pins,
    tp=st.sampled_from([1, 2, 4, 8]),
    ep=st.booleans(),
    dp=st.sampled_from([1, 2]),
    kv_cache_dtype=st.sampled_from(["", "fp8"]),
    engine_version=st.sampled_from(["", "0.11.0", "0.32.0"]),
)


def worth(made: Plan) -> tuple[bool, int]:
    return made.fits is True, made.verdict.longest if made.fits else 0


@given(CONFIGS, SIZES, st.floats(0, 50), COUNTS, LAYOUTS)
def test_more_memory_never_makes_a_judgement_worse(
    config: dict[str, Any], gib: float, more: float, count: int, pins: Pins
) -> None:
    # The engine's default batch grows with the memory, and takes of it: with a stated one nothing does.
    stated = replace(pins, max_num_batched_tokens=2048, max_num_seqs=64)
    small, large = (plan(task(config, machine(count, size), stated)) for size in (gib, gib + more))
    assert small.error == large.error
    assert worth(small) <= worth(large)


@given(CONFIGS, SIZES, st.floats(0, 50), COUNTS)
def test_more_memory_never_makes_a_plan_worse(
    config: dict[str, Any], gib: float, more: float, count: int
) -> None:
    stated = Pins(max_num_batched_tokens=2048, max_num_seqs=64)
    small, large = (plan(task(config, machine(count, size), stated)) for size in (gib, gib + more))
    wanted = min(131_072, small.verdict.subject.arch.context)
    assert bool(small.fits) <= bool(large.fits)
    assert min(small.verdict.window, wanted) * bool(small.fits) <= min(large.verdict.window, wanted)


@given(CONFIGS, SIZES, st.sampled_from([(1, 2), (2, 4), (4, 8), (1, 8)]))
def test_more_gpus_never_turn_yes_into_no(
    config: dict[str, Any], gib: float, counts: tuple[int, int]
) -> None:
    few, many = (plan(task(config, machine(count, gib))) for count in counts)
    assert bool(few.fits) <= bool(many.fits)


@given(CONFIGS, SIZES, COUNTS, st.sampled_from([None, *[(7, 5), (8, 0), (8, 9), (9, 0), (12, 0)]]))
def test_what_is_said_to_fit_obeys_every_rule(
    config: dict[str, Any], gib: float, count: int, capability: tuple[int, int] | None
) -> None:
    made = plan(task(config, machine(count, gib, capability)))
    verdict = made.verdict
    if not made.fits:
        return
    case = rules.Case(
        verdict.subject.arch,
        verdict.subject.scheme,
        verdict.layout,
        verdict.settings,
        gpus=count,
        capability=capability,
        max_model_len=verdict.window,
    )
    memory = verdict.memory
    assert rules.refusal(case) is None
    assert memory and memory.weights + memory.activations + memory.graphs < memory.budget < memory.total
    assert verdict.pool.bytes_at(verdict.window) <= memory.available
    assert verdict.layout.gpus * verdict.replicas <= count
    assert verdict.window <= verdict.subject.arch.context


@given(CONFIGS, COUNTS, st.floats(0.3, 0.97), st.floats(0, 0.03))
def test_a_larger_share_never_holds_fewer_tokens(
    config: dict[str, Any], count: int, share: float, more: float
) -> None:
    def tokens(utilization: float) -> int:
        pins = Pins(tp=count, ep=False, gpu_memory_utilization=utilization)
        return plan(task(config, machine(count, 140), pins)).verdict.longest

    assert tokens(share) <= tokens(share + more)


def test_no_gpus_at_all() -> None:
    assert plan(task(QWEN_235B_FP8, Machine(), Pins(tp=4))).fits is None


STRANGE = st.sampled_from(
    [
        None,
        0,
        1,
        -1,
        7,
        1 << 40,
        "x",
        "4",
        [],
        {},
        [1],
        [None],
        {"a": 1},
        True,
        1.5,
        float("nan"),
        float("inf"),
    ]
)
FIELDS = st.sampled_from(
    [*LATENT, *COMPRESSED, *WINDOWED, *HYBRID, *HYBRID["text_config"], "rope_scaling", "mlp_only_layers"]
)
METHODS = st.sampled_from(
    ["fp8", "awq", "gptq", "compressed-tensors", "modelopt", "mxfp4", "bitsandbytes", 3]
)
SECTIONS = st.dictionaries(
    st.sampled_from(["bits", "group_size", "weight_block_size", "config_groups", "quant_algo", "ignore"]),
    st.one_of(STRANGE, st.just({"g": {"weights": {"num_bits": 4}}}), st.just("MIXED_PRECISION")),
)


@given(CONFIGS, st.dictionaries(FIELDS, STRANGE, max_size=3), st.none() | METHODS, SECTIONS)
def test_a_strange_config_is_planned_or_refused_in_words(
    config: dict[str, Any], changed: dict[str, Any], method: object, section: dict[str, Any]
) -> None:
    given_config = {**config, **changed}
    if "text_config" in config:
        given_config["text_config"] = {**config["text_config"], **changed}
    if method:
        given_config["quantization_config"] = {"quant_method": method, **section}
    try:
        made = plan(task(given_config, machine(4, 80)))
    except UnknownConfig as error:
        assert str(error)
    else:
        assert made.fits in (True, False, None)
