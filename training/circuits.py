"""The weights that training starts from: random, but arranged so that the model can copy from the first step.

Layer 0 writes to every token what stands before it: heads 0-2 the token before, head 3 the one before that.
Layer 1 looks for an earlier place that followed the same two tokens, and writes what stands there. Both use
only fixed random directions; without them copying takes far longer to appear. Layer 2 finds equal tokens,
layer 4 copies a second time.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from training.model import Block, Model

CONSTANT = 0.35
# Weights of the written copy of earlier tokens, and of what the copying layer writes.
BEFORE, COPY = 0.09, 1.0
# Rotary pairs that hardly turn within a thousand tokens: matching on them ignores the distance.
SLOW = 2e-3
# Of the slow dimensions of a copying head, those that compare the token; the rest compare the one before it.
FIRST = 10


def _orthogonal(size: int, generator: torch.Generator) -> Tensor:
    return torch.linalg.qr(torch.randn(size, size, generator=generator))[0]


@torch.no_grad()
def arrange(model: Model, seed: int = 3) -> None:
    """Write the circuits into a freshly made model."""
    shape, generator = model.shape, torch.Generator().manual_seed(seed)
    hidden = shape.hidden
    # Dimension 0 of every token is the same, so that a head can look at a place whatever stands there.
    model.embedding[:, 0] = CONSTANT
    slices = _orthogonal(hidden, generator)
    slices[:, 0] = 0
    once, twice = _orthogonal(hidden, generator), _orthogonal(hidden, generator)
    _look_back(model, slices, once, twice)
    _copy(model, model.blocks[1], slices, once, twice, generator)
    _equal(model, model.blocks[2], generator)
    if shape.layers > 4:
        source, target = model.blocks[1], model.blocks[4]
        for name in ("q", "k", "q_norm", "k_norm", "v", "o"):
            getattr(target, name).copy_(getattr(source, name))
        target.o.mul_(0.5)


def _look_back(model: Model, slices: Tensor, once: Tensor, twice: Tensor) -> None:
    shape, block = model.shape, model.blocks[0]
    size, half = shape.head, shape.head // 2
    block.q.mul_(0.05)
    block.k.mul_(0.05)
    block.v.zero_()
    block.o.zero_()
    for head in range(shape.heads):
        distance = 2 if head == 3 else 1
        rows = slice(head * size, (head + 1) * size)
        query, key = torch.zeros(size), torch.zeros(size)
        query[:half] = 1
        key[:half], key[half:] = (model.speeds * distance).cos(), (model.speeds * distance).sin()
        block.q[rows, 0], block.k[rows, 0] = query * 3, key * 3
        # Head 3 carries the same part of its token as head 2 does: those two are compared.
        part = slices[2 * size : 3 * size] if head == 3 else slices[rows]
        block.v[rows] = part
        block.o[:, rows] = (twice if head == 3 else once) @ part.T * BEFORE
    weight = torch.full((half,), 1.5)
    weight[:5] = 4.0
    block.q_norm.copy_(torch.cat((weight, weight)))
    block.k_norm.copy_(torch.cat((weight, weight)))


def _slow(model: Model) -> list[int]:
    half = model.shape.head // 2
    slow = [index for index in range(half) if model.speeds[index] < SLOW]
    return slow + [index + half for index in slow]


def _sharpen(model: Model, block: Block, dims: list[int]) -> None:
    weight = torch.full((model.shape.head,), 0.5)
    weight[dims] = 2.0
    block.q_norm.copy_(weight)
    block.k_norm.copy_(weight)


def _copy(
    model: Model, block: Block, slices: Tensor, once: Tensor, twice: Tensor, generator: torch.Generator
) -> None:
    shape, dims = model.shape, _slow(model)
    size, hidden = shape.head, shape.hidden
    block.q.mul_(0.05)
    block.k.mul_(0.05)
    part = slices[2 * size : 3 * size]
    for head in range(shape.heads):
        look = torch.randn(len(dims), hidden, generator=generator) / math.sqrt(hidden)
        look[:, 0] = 0
        back = torch.randn(len(dims), size, generator=generator) / math.sqrt(size) @ part
        for order, dim in enumerate(dims):
            row = head * size + dim
            # The two halves of a rotary pair come to lie in the same group.
            if order % (len(dims) // 2) < FIRST // 2:
                block.q[row], block.k[row] = look[order], look[order] @ once.T
            else:
                block.q[row], block.k[row] = back[order] @ once.T, back[order] @ twice.T
    _sharpen(model, block, dims)
    block.v.zero_()
    block.o.zero_()
    count = shape.heads * size
    block.v[:count] = slices[:count]
    block.o[:, :count] = slices[:count].T * COPY


def _equal(model: Model, block: Block, generator: torch.Generator) -> None:
    shape, dims = model.shape, _slow(model)
    block.q.mul_(0.05)
    block.k.mul_(0.05)
    for head in range(shape.heads):
        look = torch.randn(len(dims), shape.hidden, generator=generator) / math.sqrt(shape.hidden)
        look[:, 0] = 0
        for order, dim in enumerate(dims):
            block.q[head * shape.head + dim] += look[order]
            block.k[head * shape.head + dim] += look[order]
    _sharpen(model, block, dims)
