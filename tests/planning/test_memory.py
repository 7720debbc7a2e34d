"""The division of a GPU's memory, against the overheads that were observed."""

from dataclasses import replace

import pytest

from dragoman.model.deployment import Layout
from dragoman.planning.memory import Settings, activations, divide, graphs
from dragoman.planning.reading import read
from tests.planning.models import COMPRESSED, HYBRID, LATENT, QWEN_235B

GIB = 1 << 30
NEW = Settings(utilization=0.92, batched_tokens=8192, sequences=1024)
ARCH = read(QWEN_235B)


@pytest.mark.parametrize(
    ("tokens", "sequences", "low", "high"),
    [(2048, 256, 1.0, 1.5), (8192, 1024, 2.5, 3.5), (16384, 1024, 3.5, 5.0)],
)
def test_activations_at_the_default_batches(tokens: int, sequences: int, low: float, high: float) -> None:
    settings = replace(NEW, batched_tokens=tokens, sequences=sequences)
    assert low < activations(ARCH, Layout(4), settings) / GIB < high


def test_tokens_of_all_ranks_pass_through_the_experts_of_each() -> None:
    alone = activations(ARCH, Layout(8, expert=True), NEW)
    apart = activations(ARCH, Layout(1, 1, 8, expert=True), NEW)
    assert apart > alone + 3 * GIB


def test_an_encoder_is_profiled_too() -> None:
    arch = read(HYBRID)
    small = Settings(0.92, 1024, 1)
    assert activations(arch, Layout(), small) > activations(replace(arch, vision=None), Layout(), small) + GIB


def test_latent_attention_expands_its_context() -> None:
    arch = read(LATENT)
    assert activations(arch, Layout(1), NEW) > activations(arch, Layout(8), NEW) + 3 * GIB


def test_compressed_attention_keeps_workspaces() -> None:
    assert activations(read(COMPRESSED), Layout(8), NEW) > 3.9 * GIB


def test_graphs_grow_with_layers_and_with_what_is_captured() -> None:
    assert graphs(ARCH, Layout(4), NEW) / GIB == pytest.approx(0.95, abs=0.1)
    assert graphs(ARCH, Layout(4), replace(NEW, sequences=1)) < 0.2 * GIB


def test_graphs_are_charged_from_021_on_and_never_without_them() -> None:
    def made(**values: object) -> tuple[float, float]:
        divided = divide(80 * GIB, 55 * GIB, ARCH, Layout(4), replace(NEW, **values))  # type: ignore[arg-type]
        return divided.graphs, divided.outside_graphs

    assert made(version=(0, 21, 0))[0] > 0 == made(version=(0, 21, 0))[1]
    assert made(version=(0, 20, 0))[0] == 0 < made(version=(0, 20, 0))[1]
    assert made(eager=True) == (0, 0)


def test_what_is_left_is_what_the_budget_has_beyond_the_rest() -> None:
    divided = divide(80 * GIB, 55 * GIB, ARCH, Layout(4), NEW)
    spent = divided.weights + divided.activations + divided.graphs + divided.available
    assert spent == pytest.approx(0.92 * 80 * GIB)
    assert divided.headroom < 0.08 * 80 * GIB
