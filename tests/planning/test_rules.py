"""What the engine refuses: each rule at its edge, with the words that it is refused in."""

from dataclasses import replace
from typing import Any

import pytest

from dragoman.model.deployment import Layout
from dragoman.planning.memory import Settings
from dragoman.planning.quantization import AWQ, BF16, FP8, FP8_BLOCK, MXFP4, NVFP4
from dragoman.planning.reading import read
from dragoman.planning.rules import Case, refined, refusal
from tests.planning.models import DENSE, HYBRID, LATENT, QWEN_235B

MOE, PLAIN = read(QWEN_235B), read(DENSE)
SETTINGS = Settings(0.92, 8192, 1024)


def version(*numbers: int) -> Settings:
    major, minor, patch = numbers
    return replace(SETTINGS, version=(major, minor, patch))


def case(**values: Any) -> Case:
    start: dict[str, Any] = {
        "arch": MOE,
        "scheme": BF16,
        "layout": Layout(4),
        "settings": SETTINGS,
        "gpus": 8,
    }
    return Case(**{**start, **values})


REFUSED: dict[str, tuple[Case, str]] = {
    "more GPUs than there are": (case(layout=Layout(4, 4)), r"World size \(16\).*available GPUs \(8\)"),
    "heads that cannot be divided": (case(layout=Layout(3)), r"heads \(64\) must be divisible .* \(3\)"),
    "KV heads that cannot be divided": (
        case(arch=replace(MOE, kv_heads=6), layout=Layout(4)),
        "6 KV heads cannot be divided",
    ),
    "experts in parallel without experts": (
        case(arch=PLAIN, layout=Layout(2, expert=True)),
        "Number of experts in the model must be greater than 0",
    ),
    "a window beyond the config's": (
        case(max_model_len=300_000),
        r"max_model_len \(300000\) is greater than the derived .*262144",
    ),
    "slices of experts that are no whole blocks": (
        case(scheme=FP8_BLOCK, layout=Layout(8)),
        r"gate's and up's weight = 192 is not divisible .* block_n = 128: use tensor parallel size 4",
    ),
    "the same with data parallelism": (
        case(scheme=FP8_BLOCK, layout=Layout(1, 1, 8)),
        "192 is not divisible",
    ),
    "the same on an old release": (
        case(scheme=FP8_BLOCK, layout=Layout(8), settings=version(0, 11, 0)),
        "192 is not divisible",
    ),
    "slices that are too thin to refine": (
        case(
            arch=replace(MOE, experts=replace(MOE.experts, intermediate=320)),  # type: ignore[type-var]
            scheme=FP8_BLOCK,
            layout=Layout(8),
            settings=version(0, 32, 0),
        ),
        "40 is not divisible",
    ),
    "a dense layer that is no whole blocks": (
        case(arch=replace(PLAIN, dense_intermediate=1000), scheme=FP8_BLOCK, layout=Layout(2)),
        "input_size_per_partition = 500",
    ),
    "a shared expert that is no whole blocks": (
        case(arch=read(HYBRID), scheme=FP8_BLOCK, layout=Layout(8, expert=True)),
        "shared expert's layers at tensor parallel size 8",
    ),
    "groups of four-bit weights": (
        case(scheme=AWQ, layout=Layout(8)),
        "192 values per GPU are not whole groups of 128",
    ),
    "FP8 experts on Ampere before 0.9": (
        case(scheme=FP8_BLOCK, capability=(8, 0), settings=version(0, 8, 5)),
        "fp8e4nv not supported",
    ),
    "16 bits of range on Turing": (case(capability=(7, 5)), "Bfloat16 is only supported"),
    "FP8 on Volta": (case(scheme=FP8, capability=(7, 0)), "FP8 weights need"),
    "FP4 on Turing": (case(scheme=NVFP4, capability=(7, 5)), "4-bit floating point"),
    "a GPU that vLLM has left behind": (case(capability=(6, 1)), "7.0 or more"),
    "a share above one": (case(settings=replace(SETTINGS, utilization=1.2)), "share above 0"),
    "fewer tokens than sequences": (
        case(settings=replace(SETTINGS, batched_tokens=128)),
        r"max_num_batched_tokens \(128\) must be greater",
    ),
    "dual chunk attention": (case(arch=replace(MOE, dual_chunk=True)), "dual_chunk_attention_config"),
    "more stages than layers": (case(arch=PLAIN, layout=Layout(1, 5)), "cannot make 5 pipeline stages"),
    "sharing the cache where it is not repeated": (
        case(layout=Layout(4, decode_context=2)),
        "decode context parallel size",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    import re

    given, words = REFUSED[name]
    why = refusal(given)
    assert why and re.search(words, why), why


ACCEPTED: dict[str, Case] = {
    "the usual": case(),
    "whole experts": case(scheme=FP8_BLOCK, layout=Layout(8, expert=True)),
    "whole blocks": case(scheme=FP8_BLOCK, layout=Layout(4)),
    "scales that are refined": case(scheme=FP8_BLOCK, layout=Layout(8), settings=version(0, 32, 0)),
    "small groups": case(scheme=NVFP4, layout=Layout(8)),
    "four bits on Ampere": case(scheme=MXFP4, capability=(8, 0)),
    "FP8 experts on Ampere from 0.9 on": case(scheme=FP8_BLOCK, capability=(8, 0), settings=version(0, 9, 0)),
    "FP8 on AMD": case(scheme=FP8_BLOCK, capability=(9, 4), amd=True),
    "KV heads repeated": case(layout=Layout(8)),
    "the cache shared out": case(layout=Layout(8, decode_context=2)),
    "latent attention shared out": case(arch=read(LATENT), layout=Layout(8, decode_context=8)),
    "the whole window": case(max_model_len=262_144),
    "as long as fits": case(max_model_len=-1),
    "half precision on Turing": case(arch=replace(MOE, dtype="float16"), capability=(7, 5)),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert refusal(ACCEPTED[name]) is None


def test_the_block_that_scales_are_refined_to() -> None:
    assert refined(case(scheme=FP8_BLOCK, layout=Layout(8))) == 64
    assert refined(case(scheme=FP8_BLOCK, layout=Layout(4))) is None
    assert refined(case(layout=Layout(8))) is None
