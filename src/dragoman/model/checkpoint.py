"""A model as it lies on a disk or a hub: its own description and its tensors' sizes, never their values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its dtype as safetensors names it (`BF16`, `F8_E4M3`), its shape, its size in bytes."""

    dtype: str
    shape: tuple[int, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`config` is its config.json, `tensors` what its safetensors headers name, none if not read.

    `size` is the sum in bytes, None where not known. `id` is what an engine is given: a hub's id or a folder.
    `source` says where the facts come from, in words for people.
    """

    id: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    size: int | None = None
    source: str = ""
