"""A model's shape, as far as its memory and its speed depend on it. Counterpart: `reading`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Experts:
    """The experts of a mixture: how many, how many work on a token, their inner size, and in how many layers.

    `shared` is the inner size of what works on every token beside them.
    """

    count: int
    active: int
    intermediate: int
    layers: int
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Linear:
    """Layers with a state of fixed size instead of a cache: heads, sizes of keys and values, convolution."""

    layers: int
    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int

    @property
    def channels(self) -> int:
        """What the convolution runs over."""
        return 2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim

    def state_bytes(self, tensor: int) -> int:
        """One layer's state of one request on one GPU: convolution in 16 bits, recurrence in 32."""
        convolution = (self.kernel - 1) * self.channels // tensor * 2
        heads = max(1, self.value_heads // tensor)
        return convolution + heads * self.value_dim * self.key_dim * 4


@dataclass(frozen=True, slots=True)
class Latent:
    """Multi-head latent attention: the values that are cached of a token, and the low ranks."""

    width: int
    query_rank: int
    key_rank: int
    rope: int
    no_rope: int
    value: int
    index_heads: int = 0
    index_dim: int = 0
    """The sparse indexer's keys; 0: every layer attends to everything."""


@dataclass(frozen=True, slots=True)
class Vision:
    """An image encoder: layers, width, inner size, and the side in pixels of what becomes one token."""

    layers: int
    hidden: int
    intermediate: int
    pixels: int


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model's shape. Layers are counted by kind: full, sliding and linear attention; all MLP layers."""

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int
    full: int
    sliding: int = 0
    window: int = 0
    dense_layers: int = 0
    dense_intermediate: int = 0
    experts: Experts | None = None
    linear: Linear | None = None
    latent: Latent | None = None
    compression: tuple[int, ...] = ()
    """Compressed attention: each layer's ratio, 0 for a layer with the window alone."""
    query_rank: int = 0
    output_groups: int = 0
    output_rank: int = 0
    index_heads: int = 0
    index_dim: int = 0
    vision: Vision | None = None
    gated: bool = False
    """The queries carry a gate of their own size."""
    tied: bool = False
    mtp_layers: int = 0
    dual_chunk: bool = False
    dtype: str = "bfloat16"

    @property
    def attention(self) -> str:
        """What kind of attention it has, in a word for people."""
        if self.compression:
            return "compressed hybrid"
        kind = "MLA" if self.latent else "GQA" if self.kv_heads < self.heads else "MHA"
        sparse = " with a sparse indexer" if self.latent and self.latent.index_dim else ""
        if self.linear:
            return f"hybrid: {self.full} of {self.layers} layers {kind}, the others linear"
        if self.sliding:
            return f"{kind}, {self.sliding} of {self.layers} layers with a window of {self.window}"
        return kind + sparse
