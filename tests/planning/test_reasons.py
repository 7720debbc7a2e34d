"""Sentences: what must be said is said, and only where it is so."""

import pytest

from dragoman.model.deployment import Layout
from dragoman.model.hardware import Machine
from dragoman.planning.forms import subject_of
from dragoman.planning.pins import Pins
from dragoman.planning.quantization import FP8_ONLINE
from dragoman.planning.reasons import because, figures, refused
from dragoman.planning.verdict import judge
from tests.planning.models import LATENT, QWEN_235B, QWEN_235B_FP8, choice, machine

FP8 = subject_of(choice(QWEN_235B_FP8))
H100 = machine(8, 79.2)


def said(layout: Layout, where: Machine = H100, pins: Pins | None = None, config: object = None) -> str:
    pins = pins or Pins()
    subject = subject_of(choice(config)) if isinstance(config, dict) else FP8
    verdict = judge(subject, layout, where, pins)
    return "\n".join((*figures(verdict), *because(verdict, where, pins, None)))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("55.1 weights", said(Layout(4))),
        ("requests of 262,144 at once", said(Layout(4))),
        ("compaction (at about 229,144) fit", said(Layout(4))),
        ("each is held by 2 GPUs", said(Layout(8, expert=True))),
        ("shared out by position over 2 GPUs", said(Layout(8, expert=True, decode_context=2))),
        ("every one of the 8 GPUs holds the same KV cache", said(Layout(8), machine(8, 140), None, LATENT)),
        ("no FP8: weights are unpacked", said(Layout(4), machine(4, 79.2, (8, 0)))),
        ("vLLM would refuse this", said(Layout(8))),
        ("It does not fit: 110.1 GiB", said(Layout(2))),
        ("memory is not known", said(Layout(4), machine(8, 0))),
        ("talk over PCIe", said(Layout(8, expert=True), machine(8, 48, (8, 9), linked=False))),
        (
            "spans 2 machines: each runs this command with --nnodes 2",
            said(Layout(4, 2), machine(4, 80, nodes=2)),
        ),
        ("on each of the 3 machines", said(Layout(4), machine(4, 80, nodes=3))),
        ("This is tight", said(Layout(4), machine(4, 77.5))),
        ("--max-model-len -1", said(Layout(4), machine(4, 77.5))),
        ("--max-num-seqs 256 would leave about 1.1 GiB more", said(Layout(4), machine(4, 77.5))),
        ("do not fit with room to spare: the window is 131,072", said(Layout(2), machine(2, 139.8))),
        ("refined to blocks of 64", said(Layout(8), H100, Pins(engine_version="0.32.0"))),
        ("stay free outside", said(Layout(4), H100, Pins(gpu_memory_utilization=0.99))),
        ("works best from 128k", said(Layout(4), H100, Pins(max_model_len=70_000))),
        ("below 64k expect trouble", said(Layout(4), H100, Pins(max_model_len=40_000))),
        ("does not fit the window", said(Layout(4), H100, Pins(max_model_len=16_000))),
    ],
)
def test_said(words: str, text: str) -> None:
    assert words in text


def test_a_plain_plan_says_nothing_of_what_is_not_so() -> None:
    text = said(Layout(4))
    for words in ("tight", "PCIe", "Marlin", "refuse", "works best", "held by", "refined"):
        assert words not in text


def test_quantizing_while_loading_is_said() -> None:
    subject = subject_of(choice(QWEN_235B), FP8_ONLINE)
    verdict = judge(subject, Layout(4), H100, Pins())
    assert "--quantization fp8" in "\n".join(because(verdict, H100, Pins(), None))


def test_why_another_was_not_taken() -> None:
    chosen = judge(FP8, Layout(4), H100, Pins())
    assert "192 is not divisible" in refused(judge(FP8, Layout(8), H100, Pins()), chosen)
    assert "suffices, with 4 GPUs left over" in refused(
        judge(FP8, Layout(8, expert=True), H100, Pins()), chosen
    )
    other = judge(subject_of(choice(QWEN_235B, "org/other")), Layout(8), H100, Pins())
    assert refused(other, chosen) == "fp8-block is preferred to bf16"
