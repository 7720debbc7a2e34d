"""Verdicts on single layouts."""

from dataclasses import replace

import pytest

from dragoman.model.deployment import Layout
from dragoman.model.hardware import Machine
from dragoman.planning.calibrate import Correction
from dragoman.planning.forms import subject_of
from dragoman.planning.pins import Pins
from dragoman.planning.verdict import judge, settings
from tests.planning.models import GIB, HYBRID, QWEN_235B, QWEN_235B_FP8, choice, machine

FP8 = subject_of(choice(QWEN_235B_FP8))
FOUR = machine(4, 79.2)


def test_a_layout_that_fits() -> None:
    verdict = judge(FP8, Layout(4), FOUR, Pins())
    assert (verdict.fits, verdict.window, verdict.tight, verdict.error) == (True, 262_144, False, None)
    assert verdict.tokens == pytest.approx(308_000, rel=0.03)
    assert verdict.concurrency == pytest.approx(1.17, abs=0.03)


def test_weights_that_are_larger_than_a_gpu() -> None:
    verdict = judge(FP8, Layout(2), FOUR, Pins())
    assert verdict.fits is False and verdict.error is None
    assert verdict.reason == "110.1 GiB of weights on each GPU, and a GPU has 79.2"
    assert verdict.tokens == 0


def test_a_stated_window_that_is_too_long() -> None:
    verdict = judge(FP8, Layout(4), FOUR, Pins(max_model_len=262_144, max_num_batched_tokens=32_768))
    assert verdict.fits is False and "at most about" in verdict.reason
    assert verdict.tokens == verdict.longest < 262_144


def test_a_tight_window() -> None:
    wanted = judge(FP8, Layout(4), FOUR, Pins()).longest - 1000
    assert judge(FP8, Layout(4), FOUR, Pins(max_model_len=wanted)).fits is False  # beyond the model's own
    short = replace(FP8, arch=replace(FP8.arch, context=1 << 20))
    assert judge(short, Layout(4), FOUR, Pins(max_model_len=wanted)).tight


def test_unknown_memory_is_no_verdict_but_a_refusal_is() -> None:
    unknown = machine(8, 0, None)
    assert judge(FP8, Layout(4), unknown, Pins()).fits is None
    refused = judge(FP8, Layout(8), unknown, Pins())
    assert refused.fits is False and refused.error
    assert judge(FP8, Layout(1), Machine(), Pins()).fits is None


def test_memory_that_others_hold() -> None:
    held = Machine(tuple(replace(gpu, free=40 * GIB) for gpu in FOUR.gpus), True)
    verdict = judge(FP8, Layout(4), held, Pins())
    assert verdict.fits is False and verdict.reason.startswith(
        "Free memory on device (40.0 GiB) is less than"
    )
    assert "--gpu-memory-utilization 0.49" in verdict.reason


def test_old_releases_profile_a_video_as_long_as_the_window() -> None:
    seeing = subject_of(choice(HYBRID))
    old = Pins(engine_version="0.11.0")
    long = judge(seeing, Layout(), machine(1, 140), old)
    assert long.fits is False and "out of memory in the encoder" in long.reason
    assert judge(seeing, Layout(), machine(1, 140), replace(old, max_model_len=32_768)).fits
    assert judge(seeing, Layout(), machine(1, 140), Pins()).fits


def test_old_releases_load_all_weights_before_they_quantize() -> None:
    online = subject_of(choice(QWEN_235B), None)
    from dragoman.planning.quantization import FP8_ONLINE

    small = subject_of(choice(QWEN_235B), FP8_ONLINE)
    assert online.scheme.name == "bf16" and small.scheme.flag == "fp8"
    where = machine(4, 95.1)
    old = judge(small, Layout(4), where, Pins(engine_version="0.10.0"))
    assert old.fits is False and "loads all of the 16-bit weights first" in old.reason
    assert judge(small, Layout(4), where, Pins()).fits


def test_a_model_that_is_younger_than_the_release() -> None:
    from dragoman import folder
    from dragoman.planning.catalogue import resolve

    found = resolve("deepseek-ai/DeepSeek-V4-Flash", folder.models())
    assert found
    young = subject_of(found.choices[0])
    old = judge(young, Layout(4), machine(4, 140), Pins(engine_version="0.11.0"))
    assert old.error == "DeepseekV4ForCausalLM needs vLLM 0.20.0 or later"
    assert judge(young, Layout(4), machine(4, 140), Pins()).fits


def test_defaults_and_pins() -> None:
    made = settings(Pins(engine_version="0.11.0"), FP8, FOUR)
    assert (made.utilization, made.batched_tokens, made.sequences) == (0.9, 8192, 1024)
    pinned = settings(Pins(max_num_batched_tokens=128, kv_cache_dtype="fp8"), FP8, FOUR)
    assert (pinned.batched_tokens, pinned.sequences, pinned.kv_dtype) == (128, 128, "fp8")


def test_a_checkpoint_that_asks_for_a_small_cache_gets_it_from_012_on() -> None:
    config = {**QWEN_235B, "quantization_config": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}}
    subject = subject_of(choice(config))
    assert settings(Pins(), subject, FOUR).kv_dtype == "fp8"
    assert settings(Pins(engine_version="0.11.0"), subject, FOUR).kv_dtype == ""


def test_what_was_measured_takes_the_place_of_what_was_computed() -> None:
    measured = Correction(weights=60 * GIB, overhead=2 * GIB, kv_bytes=48_128.0, notes=("Measured.",))
    verdict = judge(FP8, Layout(4), FOUR, Pins(), measured)
    assert verdict.memory
    assert verdict.memory.available == pytest.approx(79.2 * 0.92 * GIB - 62 * GIB, rel=1e-6)
    assert verdict.notes == ("Measured.",)
