"""The best of several verdicts, and those that people would ask about."""

from dragoman.model.deployment import Layout
from dragoman.planning.forms import subject_of
from dragoman.planning.layouts import candidates
from dragoman.planning.pins import Pins
from dragoman.planning.ranking import best, notable, preference, slow_kernels
from dragoman.planning.verdict import Verdict, judge
from tests.planning.models import QWEN_235B, QWEN_235B_FP8, choice, machine

FP8, BF16 = subject_of(choice(QWEN_235B_FP8, "org/m-FP8")), subject_of(choice(QWEN_235B, "org/m"))
EIGHT = machine(8, 79.2)
PINS = Pins()


def all_of(*subjects: object) -> list[Verdict]:
    return [
        judge(subject, layout, EIGHT, PINS)  # type: ignore[arg-type]
        for subject in subjects
        for layout in candidates(FP8.arch, EIGHT, PINS)
    ]


def test_the_smallest_layout_with_room_then_replicas() -> None:
    chosen = best(all_of(FP8, BF16), EIGHT)
    assert chosen and chosen.subject is FP8
    assert (chosen.layout, chosen.replicas) == (Layout(4), 2)


def test_nothing_fits() -> None:
    small = machine(1, 24)
    assert best([judge(FP8, Layout(), small, PINS)], small) is None


def test_a_longer_window_counts_more_than_a_better_form() -> None:
    tight = machine(8, 66)
    verdicts = [judge(subject, Layout(8, expert=True), tight, PINS) for subject in (FP8, BF16)]
    chosen = best(verdicts, tight)
    assert chosen and chosen.subject is FP8


def test_whole_experts_are_avoided_over_pcie() -> None:
    slow = machine(8, 44.4, (8, 9), linked=False)
    verdicts = [judge(FP8, layout, slow, PINS) for layout in candidates(FP8.arch, slow, PINS)]
    chosen = best(verdicts, slow)
    assert chosen and not chosen.layout.expert


def test_four_bits_suit_gpus_that_have_them() -> None:
    four = subject_of(choice({**QWEN_235B, "quantization_config": {"quant_algo": "NVFP4"}}))
    old, new = machine(1, 80, (9, 0)), machine(1, 180, (10, 0))
    assert preference(FP8, new) < preference(four, new) < preference(four, old)


def test_other_ways_hold_the_refused_one_its_remedy_and_other_forms() -> None:
    verdicts = all_of(FP8, BF16)
    chosen = best(verdicts, EIGHT)
    assert chosen
    shown = {(v.subject.checkpoint.id, str(v.layout)): v for v in notable(verdicts, chosen)}
    assert shown["org/m-FP8", "TP8"].error
    assert shown["org/m-FP8", "TP8+EP"].fits
    assert shown["org/m-FP8", "TP2"].fits is False
    assert [id for id, _ in shown].count("org/m") == 1


def test_slices_that_only_slower_kernels_take() -> None:
    assert slow_kernels(judge(FP8, Layout(8), EIGHT, Pins(engine_version="0.32.0"))) == 64
    assert slow_kernels(judge(FP8, Layout(4), EIGHT, PINS)) is None
