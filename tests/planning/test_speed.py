"""Expected speeds, against the figures that were published, and silence outside of the fit."""

import pytest

from dragoman import folder
from dragoman.model.deployment import Layout
from dragoman.planning.cache import Batch
from dragoman.planning.cards import Card, machine
from dragoman.planning.forms import subject_of
from dragoman.planning.speed import Runs, expect, flops_per_token, prefill, step_ms
from tests.planning.models import LATENT, QWEN_235B, QWEN_235B_FP8, choice

CARDS = {card.label: card for card in folder.cards()}
H100 = CARDS["H100-80GB"]


def runs(card: Card | None, layout: Layout, config: dict[str, object] = QWEN_235B_FP8) -> Runs:
    subject = subject_of(choice(config))
    linked = machine(f"8x{card.label}", folder.cards()).linked if card else None
    return Runs(subject.arch, subject.scheme, subject.parts, layout, card, linked, Batch(8192))


def test_a_step_of_four_requests_takes_what_was_measured() -> None:
    """13.35 ms on 4 x H100, 11.5 ms on 8 x H100, both with FP8."""
    assert step_ms(runs(H100, Layout(4)), H100, 4, 1000) == pytest.approx(13.35, rel=0.1)
    assert step_ms(runs(H100, Layout(8, expert=True)), H100, 4, 1000) == pytest.approx(11.5, rel=0.1)


def test_one_request_of_an_agent() -> None:
    found = expect(runs(H100, Layout(4)))
    assert found.decode and found.decode[0] == pytest.approx(60, abs=3)
    assert found.decode[1] == pytest.approx(93, abs=3)
    assert found.first_prompt and found.first_prompt[0] <= 2.1 <= found.first_prompt[1]
    assert "published measurements" in found.basis


def test_prompts_are_read_as_fast_as_was_seen() -> None:
    """15,400 tokens/s on 4 x H100 with FP8 at 32k, 4,100 on 4 x A100."""
    seen = {"H100-80GB": 15_400, "A100-80GB": 4_100}
    for label, tokens in seen.items():
        found = prefill(runs(CARDS[label], Layout(4)), CARDS[label])
        assert found and found[0] <= tokens <= found[1]


@pytest.mark.parametrize(
    ("label", "layout", "why"),
    [
        ("A100-80GB", Layout(4), "not measured on A100"),
        ("L40S-48GB", Layout(8, expert=True), "not measured on L40S"),
        ("H100PCIe-80GB", Layout(4), "not measured on H100 PCIe"),
        ("H100-80GB", Layout(4, 2), "pipeline"),
    ],
)
def test_nothing_is_promised_outside_of_the_fit(label: str, layout: Layout, why: str) -> None:
    found = expect(runs(CARDS[label], layout))
    assert found.decode is None and found.prefill is None and found.first_prompt is None
    assert why in found.basis


def test_other_attention_and_unknown_cards() -> None:
    assert "no such attention" in expect(runs(H100, Layout(8), LATENT)).basis
    assert "nothing is known" in expect(runs(None, Layout(4))).basis


def test_active_parameters_decide_the_arithmetic() -> None:
    arch = subject_of(choice(QWEN_235B)).arch
    assert flops_per_token(arch, 0) == pytest.approx(2 * 21.5e9, rel=0.02)
