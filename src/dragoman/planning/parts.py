"""How many parameters, or bytes, the parts of a model have: what is quantized and split differs by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise

from dragoman.model.checkpoint import Tensor
from dragoman.planning.architecture import Architecture, Latent, Linear


@dataclass(frozen=True, slots=True)
class Parts:
    """One figure per part. `head` is 0 where it is the embedding; `mtp`: what only speculation loads."""

    attention: float = 0
    linear: float = 0
    dense: float = 0
    shared: float = 0
    experts: float = 0
    router: float = 0
    embedding: float = 0
    head: float = 0
    vision: float = 0
    mtp: float = 0

    def items(self) -> Iterator[tuple[str, float]]:
        """Each part's name and figure."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    @property
    def total(self) -> float:
        """All that is loaded to serve without speculation."""
        return sum(value for name, value in self.items() if name != "mtp")

    def times(self, factors: Mapping[str, float]) -> "Parts":
        """Each part times its factor."""
        return Parts(**{name: value * factors[name] for name, value in self.items()})


def parameters(arch: Architecture) -> Parts:
    """The parameters of every part, computed from the shape; norms and biases are left out (below 0.1 %)."""
    attention = _attention(arch)
    linear = _linear(arch, arch.linear) if arch.linear else 0
    experts = arch.experts
    hidden = arch.hidden
    one_expert_layer = 3 * hidden * experts.intermediate * experts.count if experts else 0
    shared = 3 * hidden * experts.shared if experts else 0
    layers = experts.layers if experts else 0
    embedding = arch.vocabulary * hidden
    own = attention / max(1, arch.layers) + one_expert_layer + shared
    dense = 3 * hidden * arch.dense_intermediate
    return Parts(
        attention=attention,
        linear=linear,
        dense=dense * arch.dense_layers,
        shared=shared * layers,
        experts=one_expert_layer * layers,
        router=hidden * experts.count * layers if experts else 0,
        embedding=embedding,
        head=0 if arch.tied else embedding,
        vision=_vision(arch),
        mtp=arch.mtp_layers * (own if experts else own + dense),
    )


def measured(tensors: Mapping[str, Tensor], layers: int) -> Parts:
    """The bytes of every part, from safetensors headers."""
    sums = dict.fromkeys((field.name for field in fields(Parts)), 0.0)
    for name, tensor in tensors.items():
        sums[_part_of(name, layers)] += _loaded(tensor)
    return Parts(**sums)


# The first that a tensor's name contains decides.
_NAMES = (
    (("mtp.", "nextn", ".eh_proj", "shared_head"), "mtp"),
    (("visual", "vision", "audio", "mm_projector", "multi_modal", "image_newline"), "vision"),
    (("shared_expert",), "shared"),
    ((".experts", "experts."), "experts"),
    (("linear_attn", "mamba", ".ssm", "delta_attn"), "linear"),
    (("attn", "attention"), "attention"),
    (("mlp.gate.", "router", "block_sparse_moe.gate", "ffn.gate."), "router"),
    (("embed_tokens", "wte", "tok_embeddings", "embed."), "embedding"),
    (("lm_head", "output.weight", "head.weight"), "head"),
)


def _part_of(name: str, layers: int) -> str:
    part = part_of_module(name)
    if part != "vision" and (index := layer_of(name)) is not None and index >= layers:
        return "mtp"
    return part


def _loaded(tensor: Tensor) -> float:
    """Bytes once loaded: matrices in 32 bits are halved; what scales others is not, and is small."""
    matrix = len(tensor.shape) > 1 and min(tensor.shape) > 256
    return tensor.size / 2 if matrix and tensor.dtype == "F32" else tensor.size


def part_of_module(name: str) -> str:
    """The part that a module of this name belongs to."""
    return next((part for marks, part in _NAMES if any(mark in name for mark in marks)), "dense")


def layer_of(name: str) -> int | None:
    """The layer's number in a module's name, if any."""
    words = name.replace("\\", "").split(".")
    for before, word in pairwise(words):
        if before in ("layers", "blocks", "h") and word.isdecimal():
            return int(word)
    return None


def _attention(arch: Architecture) -> float:
    layers = arch.full + arch.sliding
    if arch.latent:
        return layers * _latent(arch, arch.latent)
    if arch.compression:
        return _compressed(arch)
    queries = arch.heads * arch.head_dim
    keys = arch.kv_heads * arch.head_dim
    return layers * arch.hidden * (queries * (3 if arch.gated else 2) + 2 * keys)


def _latent(arch: Architecture, latent: Latent) -> float:
    hidden, heads = arch.hidden, arch.heads
    query_out = heads * (latent.no_rope + latent.rope)
    query = (hidden + query_out) * latent.query_rank if latent.query_rank else hidden * query_out
    keys = hidden * latent.width + latent.key_rank * heads * (latent.no_rope + latent.value)
    index = 0
    if latent.index_dim:
        wide = latent.index_heads * latent.index_dim
        index = latent.query_rank * wide + hidden * (latent.index_dim + latent.index_heads)
    return query + keys + heads * latent.value * hidden + index


def _compressed(arch: Architecture) -> float:
    hidden, size = arch.hidden, arch.heads * arch.head_dim
    groups = max(1, arch.output_groups)
    query = (hidden + size) * arch.query_rank
    output = size * arch.output_rank + groups * arch.output_rank * hidden
    total = arch.layers * (query + hidden * arch.head_dim + output)
    for ratio in arch.compression:
        if ratio:
            total += 2 * hidden * arch.head_dim * (2 if ratio == 4 else 1)
        if ratio == 4:
            total += arch.query_rank * arch.index_heads * arch.index_dim + 4 * hidden * arch.index_dim
    return total


def _linear(arch: Architecture, linear: Linear) -> float:
    values = linear.value_heads * linear.value_dim
    inward = arch.hidden * (linear.channels + values + 2 * linear.value_heads)
    return linear.layers * (inward + values * arch.hidden + linear.channels * linear.kernel)


def _vision(arch: Architecture) -> float:
    vision = arch.vision
    if not vision:
        return 0
    own = vision.layers * (4 * vision.hidden**2 + 2 * vision.hidden * vision.intermediate)
    merged = 4 * vision.hidden
    return own + merged * (merged + arch.hidden)
