"""Weights on one GPU: what is split, what is repeated."""

import pytest

from dragoman.model.checkpoint import Checkpoint, Tensor
from dragoman.model.deployment import Layout
from dragoman.planning.parts import parameters
from dragoman.planning.quantization import BF16, FP8_BLOCK, FP8_ONLINE
from dragoman.planning.reading import read
from dragoman.planning.weights import computed_size, per_gpu, stored
from tests.planning.models import DENSE, LATENT, QWEN_235B

GIB = 1 << 30
ARCH = read(QWEN_235B)
FP8 = FP8_BLOCK.of_parts(parameters(ARCH))


@pytest.mark.parametrize(
    ("layout", "gib"),
    [
        (Layout(4), 55.1),
        (Layout(2), 110.1),
        (Layout(8, expert=True), 27.7),
        (Layout(4, 2), 27.6),
    ],
)
def test_the_largest_model_in_its_usual_layouts(layout: Layout, gib: float) -> None:
    assert per_gpu(FP8, ARCH, layout) / GIB == pytest.approx(gib, abs=0.2)


def test_data_parallelism_repeats_all_but_the_experts() -> None:
    together, apart = Layout(8, expert=True), Layout(1, 1, 8, expert=True)
    more = (per_gpu(FP8, ARCH, apart) - per_gpu(FP8, ARCH, together)) / GIB
    assert more == pytest.approx(7.5, abs=0.3)


def test_latent_attention_is_partly_on_every_gpu() -> None:
    arch = read(LATENT)
    parts = FP8_BLOCK.of_parts(parameters(arch))
    assert per_gpu(parts, arch, Layout(8)) > parts.total / 8


def test_headers_count_before_sizes_and_sizes_before_shapes() -> None:
    arch = read(DENSE)
    shape = stored(arch, BF16)
    assert shape.total == computed_size(arch)
    sized = stored(arch, BF16, Checkpoint("x", DENSE, size=round(shape.total * 1.1)))
    assert sized.total == pytest.approx(shape.total * 1.1, rel=1e-6)
    header = {"model.embed_tokens.weight": Tensor("BF16", (5,), 10)}
    assert stored(arch, BF16, Checkpoint("x", DENSE, header, size=999)).total == 10


def test_a_size_of_something_else_is_not_believed() -> None:
    arch = read(DENSE)
    assert stored(arch, BF16, Checkpoint("x", DENSE, size=12)).total == computed_size(arch)


def test_quantizing_while_loading_makes_the_files_size_meaningless() -> None:
    arch = read(DENSE)
    online = stored(arch, FP8_ONLINE, Checkpoint("x", DENSE, size=round(computed_size(arch))))
    assert online.total < computed_size(arch) * 0.6
