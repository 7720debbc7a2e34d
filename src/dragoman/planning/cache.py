"""How many tokens a pool of KV memory holds. Counterpart: vLLM's `v1/core/kv_cache_utils.py`.

vLLM cuts the pool into blocks that all groups of layers share. A group takes blocks of a request as it
grows, or a fixed number. The figure that it prints is `blocks / blocks of one longest request * its length`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.model.deployment import Layout
from dragoman.planning.architecture import Architecture
from dragoman.planning.versions import NEWEST, Version

BLOCK = 16
FP8 = ("fp8", "fp8_e4m3", "fp8_e5m2", "fp8_ds_mla", "fp8_inc")
ASYNC_SCHEDULING: Version = (0, 14, 0)
"""From here on, two batches can be under way, and a window must hold the tokens of both."""


@dataclass(frozen=True, slots=True)
class Group:
    """Layers that take blocks together: one per `tokens` of a request, at most `limit` (0: no limit)."""

    tokens: int
    limit: int = 0

    def blocks(self, length: int) -> int:
        """Blocks of one request of that length."""
        if not self.tokens:
            return self.limit
        grown = math.ceil(length / self.tokens)
        return min(grown + 1, self.limit) if self.limit else grown


@dataclass(frozen=True, slots=True)
class Pool:
    """A layout of the cache on one GPU: the bytes of a block, and the groups that share the blocks."""

    block_bytes: int
    groups: tuple[Group, ...]

    def request(self, length: int) -> int:
        """Blocks that one request of that length needs."""
        return sum(group.blocks(length) for group in self.groups)

    def blocks(self, memory: float) -> int:
        return max(0, int(memory // self.block_bytes))

    def tokens(self, memory: float, length: int) -> int:
        """The tokens that vLLM prints for this memory and this longest request."""
        return int(self.blocks(memory) / self.request(length) * length)

    def longest(self, memory: float, limit: int) -> int:
        """The longest request that fits, at most `limit` tokens."""
        blocks = self.blocks(memory)
        if self.request(limit) <= blocks:
            return limit
        low, high = 0, limit
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.request(middle) <= blocks else (low, middle)
        return low

    def bytes_at(self, length: int) -> int:
        """Bytes that one request of that length takes."""
        return self.request(length) * self.block_bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What of the engine's settings a cache depends on."""

    tokens: int
    kv_dtype: str = ""
    version: Version | None = None

    @property
    def in_flight(self) -> int:
        """Tokens that can be scheduled and not yet settled."""
        return self.tokens * (2 if (self.version or NEWEST) >= ASYNC_SCHEDULING else 1)

    @property
    def value_bytes(self) -> int:
        return 1 if self.kv_dtype in FP8 else 2


def pool(arch: Architecture, layout: Layout, batch: Batch) -> Pool:
    """The cache of this model in this layout."""
    if arch.compression:
        return _compressed(arch, layout, batch)
    token = layer_bytes(arch, layout, batch)
    full, sliding = (math.ceil(count / layout.pipeline) for count in (arch.full, arch.sliding))
    if arch.linear:
        return _with_states(arch, layout, token)
    if not sliding or not full:
        group = Group(BLOCK * layout.decode_context)
        return Pool(BLOCK * token * (full + sliding), (group if full else _window(arch, batch),))
    size = _group_size(full, sliding)
    groups = [Group(BLOCK)] * math.ceil(full / size) + [_window(arch, batch)] * math.ceil(sliding / size)
    return Pool(BLOCK * token * size, tuple(groups))


def layer_bytes(arch: Architecture, layout: Layout, batch: Batch) -> int:
    """Bytes of one token in one layer on one GPU."""
    latent = arch.latent
    if not latent:
        return 2 * max(1, arch.kv_heads // layout.tensor) * arch.head_dim * batch.value_bytes
    # The sparse kernels' own format in 8 bits: 512 values, scales, and the rotated part in 16 bits.
    index = latent.index_dim + latent.index_dim // 32 if latent.index_dim else 0
    if latent.index_dim and batch.value_bytes == 1:
        return 656 + index
    return latent.width * batch.value_bytes + index


def token_bytes(arch: Architecture, layout: Layout, batch: Batch) -> float:
    """Bytes that one more token takes on one GPU, in a long request."""
    made = pool(arch, layout, batch)
    far, near = 1 << 22, 1 << 21
    return (made.bytes_at(far) - made.bytes_at(near)) / (far - near)


def _window(arch: Architecture, batch: Batch) -> Group:
    return Group(BLOCK, math.ceil((arch.window - 1 + batch.in_flight) / BLOCK) + 1)


def _group_size(full: int, other: int) -> int:
    """Layers per group: the smaller kind's, or the larger's where they are nearly as many."""
    low, high = sorted((full, other))
    return high if high < 1.5 * low else low


def _with_states(arch: Architecture, layout: Layout, token: int) -> Pool:
    """A page of the cache is made as large as a layer's state; a request holds two states per layer."""
    assert arch.linear
    step = 128 if arch.latent else BLOCK
    state = arch.linear.state_bytes(layout.tensor)
    block = step * math.ceil(state / (step * token))
    full = math.ceil(arch.full / layout.pipeline)
    linear = math.ceil(arch.linear.layers / layout.pipeline)
    size = _group_size(full, linear)
    groups = [Group(block)] * math.ceil(full / size) + [Group(0, 2)] * math.ceil(linear / size)
    return Pool(block * token * size, tuple(groups))


# DeepSeek-V4's packed rows: bytes of a row, of a page's alignment, rows of the window and the states' blocks.
_ROW, _ALIGNMENT, _WINDOW_BLOCK, _MAIN_BLOCK = 584, 576, 64, 256
_STATE_BLOCKS = {4: 4, 128: 8}


def _compressed(arch: Architecture, layout: Layout, batch: Batch) -> Pool:
    """Attention over compressed keys, and the states of the compressors; nothing is divided by TP."""
    stages = layout.pipeline
    four, far = (math.ceil(arch.compression.count(ratio) / stages) for ratio in (4, 128))
    layers = math.ceil(arch.layers / stages)
    row = _ROW if batch.kv_dtype in ("", "auto", *FP8) else arch.head_dim * 2
    key = arch.index_dim + arch.index_dim // 32
    main = four * _page(_MAIN_BLOCK // 4 * row) + four * _page(_MAIN_BLOCK // 4 * key)
    main += far * _page(_MAIN_BLOCK // 128 * row)
    window = _page(_WINDOW_BLOCK * row)
    near_state = _page(_STATE_BLOCKS[4] * 2 * arch.head_dim * 2 * 4)
    near_state += _page(_STATE_BLOCKS[4] * 2 * arch.index_dim * 2 * 4)
    far_state = _page(_STATE_BLOCKS[128] * arch.head_dim * 2 * 4)
    repeats = _least_padding([count for count in (layers, four, far) if count], four)
    splits = [math.ceil(count / repeats) for count in (layers, four, far)]
    shares = [
        math.ceil(count / split) if split else 0
        for count, split in zip((layers, four, far), splits, strict=True)
    ]
    block = max(
        main,
        shares[0] * window,
        shares[1] * near_state,
        shares[2] * far_state,
    )
    groups = [
        Group(_MAIN_BLOCK),
        *[_state(arch.window, _WINDOW_BLOCK, batch)] * splits[0],
        *[_state(8, _STATE_BLOCKS[4], batch)] * splits[1],
        *[_state(128, _STATE_BLOCKS[128], batch)] * splits[2],
    ]
    return Pool(block, tuple(groups))


def _state(window: int, block: int, batch: Batch) -> Group:
    return Group(block, math.ceil((window - 1 + batch.in_flight) / block) + 1)


def _page(size: int) -> int:
    return math.ceil(size / _ALIGNMENT) * _ALIGNMENT


def _least_padding(counts: Sequence[int], least: int) -> int:
    """The group size that pads these counts least; the larger of equals."""

    def padding(size: int) -> int:
        return sum(-count % size for count in counts)

    return min(range(max(1, least), max(counts) + 1), key=lambda size: (padding(size), -size))
