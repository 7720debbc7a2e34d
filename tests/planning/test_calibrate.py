"""What a start says of the plan, and what the next plan may take from it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.deployment import Deployment, Layout
from dragoman.model.measured import Measured
from dragoman.planning.calibrate import (
    GIB,
    Correction,
    Predicted,
    compare,
    corrected,
    correction,
    error,
)
from dragoman.planning.memory import Memory

WAS = Deployment("a/b", "b", Layout(tensor=4), max_model_len=65536, max_num_batched_tokens=8192)
SEEN = Measured(
    kv_tokens=290_000, kv_memory=13 * GIB, weights=55 * GIB, requested=72 * GIB, max_model_len=65536
)
EXPECTED = Predicted(weights=55 * GIB, overhead=3 * GIB, kv_memory=14 * GIB, kv_tokens=308_000)


def test_a_plan_that_was_right_is_told_so_with_its_figures() -> None:
    assert compare(EXPECTED, SEEN) == (
        "KV cache: 308,000 tokens expected, 290,000 measured (expected too many by 6.2 %): "
        "the plan was right.",
        "Memory for the KV cache: 14.00 GiB expected, 13.00 GiB measured on each GPU (-1.00 GiB).",
        "Weights: 55.00 GiB expected, 55.00 GiB measured on each GPU (+0.00 GiB).",
        "Activations, graphs and the rest: 3.00 GiB expected, 4.00 GiB measured on each GPU (+1.00 GiB).",
    )


def test_a_plan_that_was_off_is_told_so() -> None:
    first, *_ = compare(replace(EXPECTED, kv_tokens=400_000), SEEN)
    assert first.endswith("the plan was off.")
    assert error(replace(EXPECTED, kv_tokens=580_000), SEEN) == pytest.approx(1.0)


def test_only_what_both_know_is_compared() -> None:
    assert compare(Predicted(), Measured()) == ()
    assert compare(EXPECTED, Measured()) == ()
    said = ("KV cache: 290,000 tokens measured, none expected by the plan.",)
    assert compare(Predicted(), SEEN) == said


def test_the_same_deployment_takes_all_that_was_measured() -> None:
    found = correction(SEEN, WAS, WAS)
    assert (found.weights, found.overhead) == (55 * GIB, 4 * GIB)
    assert found.kv_bytes == pytest.approx(13 * GIB / 290_000)
    assert found.notes == ("Measured on this machine at a start, so exact where nothing else is said.",)
    assert "at a start on 2026-11-20," in correction(SEEN, WAS, WAS, "2026-11-20").notes[0]


CHANGED: dict[str, tuple[Deployment, Correction]] = {
    "more batched tokens make other activations": (
        replace(WAS, max_num_batched_tokens=16384, enforce_eager=True),
        Correction(55 * GIB, None, SEEN.kv_memory / 290_000 if SEEN.kv_memory else None),
    ),
    "a longer window keeps the overhead, with a warning": (
        replace(WAS, max_model_len=131072),
        Correction(55 * GIB, 4 * GIB, None),
    ),
    "another KV dtype makes other tokens": (
        replace(WAS, kv_cache_dtype="fp8"),
        Correction(55 * GIB, 4 * GIB, None),
    ),
    "another model says nothing": (replace(WAS, model="a/c"), Correction()),
    "another layout says nothing": (replace(WAS, layout=Layout(tensor=2)), Correction()),
    "another quantization says nothing": (replace(WAS, quantization="fp8"), Correction()),
}


@pytest.mark.parametrize("case", CHANGED)
def test_of_another_deployment(case: str) -> None:
    now, expected = CHANGED[case]
    found = correction(SEEN, WAS, now)
    assert replace(found, notes=()) == expected
    assert bool(found.notes) == bool(expected)


def test_a_plan_for_no_certain_release_takes_what_a_release_measured() -> None:
    of_release = replace(WAS, engine_version="0.32.0")
    assert correction(SEEN, of_release, WAS).overhead == 4 * GIB
    assert correction(SEEN, of_release, replace(WAS, engine_version="0.11.0")).overhead is None


def test_what_cannot_be_used_again_is_said() -> None:
    now, _ = CHANGED["more batched tokens make other activations"]
    notes = correction(SEEN, WAS, now).notes
    assert (
        "Activations are estimated: measured with another max num batched tokens and enforce eager." in notes
    )
    now, _ = CHANGED["a longer window keeps the overhead, with a warning"]
    assert "Measured with a window of 65,536; a longer one may take more." in correction(SEEN, WAS, now).notes


@given(
    st.builds(
        Measured,
        kv_tokens=st.none() | st.integers(0, 10**9),
        kv_memory=st.none() | st.integers(-GIB, 99 * GIB),
    ),
    st.builds(Predicted, kv_tokens=st.none() | st.integers(0, 10**9)),
)
def test_no_figures_break_it(measured: Measured, predicted: Predicted) -> None:
    assert isinstance(compare(predicted, measured), tuple)
    assert isinstance(correction(measured, WAS, WAS), Correction)


DIVIDED = Memory(total=80 * GIB, budget=72 * GIB, weights=55 * GIB, activations=2 * GIB, graphs=1 * GIB)


def test_measured_figures_take_the_place_of_estimated_ones() -> None:
    found = corrected(DIVIDED, correction(SEEN, WAS, WAS))
    assert found.available == SEEN.kv_memory
    assert corrected(DIVIDED, Correction()) == DIVIDED
    assert corrected(DIVIDED, Correction(weights=50 * GIB)).available == 19 * GIB
