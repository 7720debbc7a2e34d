"""The network: a Qwen3-MoE small enough for two CPU cores, in plain PyTorch.

The mathematics is that of transformers' Qwen3MoeForCausalLM (`export.py` checks it): RMS norms, rotary
positions, norms on queries and keys, top-k experts with weights that sum to one. All experts are computed as
one wide layer whose activations are multiplied by the gates: at this size that is faster than sending tokens
to their experts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training import attention


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 3072
    hidden: int = 128
    layers: int = 5
    heads: int = 4
    head: int = 32
    experts: int = 4
    expert: int = 96
    chosen: int = 2
    theta: float = 1e6
    epsilon: float = 1e-6


def _matrix(rows: int, columns: int, gain: float = 1.0) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns) * gain / math.sqrt(columns))


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        hidden, inner, wide = shape.hidden, shape.heads * shape.head, shape.experts * shape.expert
        self.q, self.k, self.v = (_matrix(inner, hidden) for _ in range(3))
        self.o = nn.Parameter(torch.zeros(hidden, inner))
        self.q_norm = nn.Parameter(torch.full((shape.head,), 1.5))
        self.k_norm = nn.Parameter(torch.full((shape.head,), 1.5))
        self.norm_attention, self.norm_experts = (nn.Parameter(torch.ones(hidden)) for _ in range(2))
        self.router = _matrix(shape.experts, hidden, 0.3)
        self.gate, self.up = _matrix(wide, hidden), _matrix(wide, hidden)
        self.down = nn.Parameter(torch.zeros(hidden, wide))
        self.balance: Tensor | float = 0.0

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        shape = self.shape
        x = x + self.attend(F.rms_norm(x, (shape.hidden,), self.norm_attention, shape.epsilon), cos, sin)
        return x + self.expert(F.rms_norm(x, (shape.hidden,), self.norm_experts, shape.epsilon))

    def attend(self, h: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        shape = self.shape
        count, length, _ = h.shape
        q, k, v = (
            F.linear(h, w).view(count, length, shape.heads, shape.head) for w in (self.q, self.k, self.v)
        )
        cos, sin = cos.to(v.dtype), sin.to(v.dtype)

        def turned(y: Tensor, weight: Tensor) -> Tensor:
            a, b = F.rms_norm(y, (shape.head,), weight.to(y.dtype), shape.epsilon).chunk(2, -1)
            return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).transpose(1, 2)

        mixed = attention.attend(turned(q, self.q_norm), turned(k, self.k_norm), v.transpose(1, 2))
        return F.linear(mixed.transpose(1, 2).reshape(count, length, -1), self.o)

    def expert(self, h: Tensor) -> Tensor:
        shape = self.shape
        inner = F.silu(F.linear(h, self.gate)) * F.linear(h, self.up)
        chances = F.linear(h.float(), self.router.float()).softmax(-1)
        weights, chosen = chances.topk(shape.chosen, -1)
        gates = torch.zeros_like(chances).scatter(-1, chosen, weights / weights.sum(-1, keepdim=True))
        if self.training:
            used = (gates > 0).float().mean((0, 1))
            self.balance = (chances.mean((0, 1)) * used).sum() * shape.experts / shape.chosen
        split = inner.view(*inner.shape[:-1], shape.experts, shape.expert)
        return F.linear((split * gates.to(inner.dtype).unsqueeze(-1)).view_as(inner), self.down)


class Model(nn.Module):
    speeds: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        # Tied: the same matrix reads tokens and writes them.
        self.embedding = nn.Parameter(torch.randn(shape.vocabulary, shape.hidden) * 0.09)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.hidden))
        speeds = shape.theta ** (-torch.arange(0, shape.head, 2).float() / shape.head)
        self.register_buffer("speeds", speeds, persistent=False)

    def hidden(self, ids: Tensor, positions: Tensor) -> Tensor:
        x = F.embedding(ids, self.embedding)
        angles = positions.float().unsqueeze(-1) * self.speeds
        cos, sin = angles.cos().unsqueeze(2), angles.sin().unsqueeze(2)
        for block in self.blocks:
            x = block(x, cos, sin)
        return x

    def logits(self, h: Tensor) -> Tensor:
        return F.linear(F.rms_norm(h, (self.shape.hidden,), self.norm, self.shape.epsilon), self.embedding)

    def forward(self, ids: Tensor, positions: Tensor, places: Tensor) -> Tensor:
        """Logits at some places of the flattened batch."""
        return self.logits(self.hidden(ids, positions).flatten(0, 1)[places])

    def imbalance(self) -> Tensor | float:
        """1 where the experts share the work evenly, more where they do not."""
        return sum(block.balance for block in self.blocks) / self.shape.layers
