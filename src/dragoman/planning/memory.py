"""vLLM's accounting of a GPU's memory: what is left for the KV cache. Sizes are bytes.

    available = utilization * total - weights - activations - CUDA graphs

Counterpart: `v1/worker/gpu_worker.py`. Activations follow from the tensors that live at the peak of the
profiling run; the constants are checked against observed starts (docs/planning.md).
"""

from dataclasses import dataclass

from dragoman.model.deployment import Layout
from dragoman.planning import versions
from dragoman.planning.architecture import Architecture
from dragoman.planning.versions import GIB, NEWEST, Version

CHUNK = 32768
"""Tokens that pass through the experts at once."""
PREFILL_CHUNK = 65536
"""Tokens of context that latent attention expands at once in a prefill."""
IMAGE_TOKENS = 16384
"""The largest image that a start is profiled with."""
SAMPLER_BYTES = 10
"""Per sequence and word of the vocabulary: logits in 16 and 32 bits, and what sorting them takes."""

ALONE, TOGETHER = 0.35 * GIB, 0.45 * GIB
"""Beside tensors: workspaces of libraries, and with several GPUs those of all-reduce."""
COMPRESSED_WORKSPACE = 3.1 * GIB
"""What the kernels of compressed attention keep: a start on eight A100 took 3.9 GiB beside the weights."""
OUTSIDE = 1.0 * GIB
"""CUDA's context and NCCL's first buffers, made before the budget is counted."""
GRAPHS, GRAPHS_PER_LAYER, CAPTURED = 0.1 * GIB, 0.009 * GIB, 512


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine will run with, defaults filled in."""

    utilization: float
    batched_tokens: int
    sequences: int
    kv_dtype: str = ""
    eager: bool = False
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """One GPU's memory, divided."""

    total: float
    budget: float
    weights: float
    activations: float
    graphs: float
    outside_graphs: float = 0

    @property
    def available(self) -> float:
        """Left for the KV cache; below 0 where even the rest does not fit."""
        return self.budget - self.weights - self.activations - self.graphs

    @property
    def headroom(self) -> float:
        """What stays free outside of the budget once all is captured."""
        return self.total - self.budget - OUTSIDE - self.outside_graphs


def divide(total: float, weights: float, arch: Architecture, layout: Layout, settings: Settings) -> Memory:
    """How a GPU's memory is divided at a start."""
    captured = 0.0 if settings.eager else graphs(arch, layout, settings)
    charged = (settings.version or NEWEST) >= versions.GRAPHS_CHARGED
    return Memory(
        total=total,
        budget=total * settings.utilization,
        weights=weights,
        activations=activations(arch, layout, settings),
        graphs=captured if charged else 0.0,
        outside_graphs=0.0 if charged else captured,
    )


def graphs(arch: Architecture, layout: Layout, settings: Settings) -> float:
    """CUDA graphs: a share per layer, fewer where fewer sequences are run at once."""
    share = min(1.0, 2 * settings.sequences / CAPTURED)
    return GRAPHS + GRAPHS_PER_LAYER * arch.layers / layout.pipeline * share


def activations(arch: Architecture, layout: Layout, settings: Settings) -> float:
    """The peak of the profiling run, and what libraries keep beside PyTorch."""
    own = ALONE + (TOGETHER if layout.gpus > 1 else 0) + (COMPRESSED_WORKSPACE if arch.compression else 0)
    sampled = min(settings.sequences, settings.batched_tokens) * arch.vocabulary * SAMPLER_BYTES
    forward = _forward(arch, layout, settings.batched_tokens) + sampled
    return own + max(forward, _encoder(arch))


def _forward(arch: Architecture, layout: Layout, tokens: int) -> float:
    """A batch's tensors at the widest place of a layer, in 16 bits."""
    tensor, hidden = layout.tensor, arch.hidden
    narrow = hidden * 4 + (arch.heads + 2 * arch.kv_heads) * _head_dim(arch) * 2 / tensor
    if arch.linear:
        linear = arch.linear
        narrow += (linear.channels + linear.value_heads * linear.value_dim) * 3 / tensor
    wide = 3 * arch.dense_intermediate / tensor * tokens
    if arch.experts:
        wide = max(wide, _expert_values(arch, layout, tokens))
    return 2 * (narrow * tokens + wide) + _expanded(arch, tensor)


def _expert_values(arch: Architecture, layout: Layout, tokens: int) -> float:
    experts = arch.experts
    assert experts
    inner = experts.intermediate if layout.expert else experts.intermediate / (layout.tensor * layout.data)
    gathered = tokens * layout.data
    through = min(gathered, CHUNK) * experts.active * (max(2 * inner, arch.hidden) + inner)
    return through + (2 * gathered * arch.hidden if layout.data > 1 else 0)


def _head_dim(arch: Architecture) -> int:
    return arch.latent.no_rope + arch.latent.rope if arch.latent else arch.head_dim


def _expanded(arch: Architecture, tensor: int) -> float:
    latent = arch.latent
    if not latent:
        return 0
    return 2 * PREFILL_CHUNK * arch.heads / tensor * (latent.no_rope + latent.value)


def _encoder(arch: Architecture) -> float:
    """An image of the largest size in the encoder, whose patches are four to a token."""
    vision = arch.vision
    if not vision:
        return 0
    per_patch = 2 * (6 * vision.hidden + 3 * vision.hidden + vision.intermediate)
    return 4 * IMAGE_TOKENS * per_patch
