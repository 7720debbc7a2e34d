"""What of the weights lies on one GPU, by layout. Sizes are bytes."""

import math

from dragoman.model.checkpoint import Checkpoint
from dragoman.model.deployment import Layout
from dragoman.planning.architecture import Architecture
from dragoman.planning.parts import Parts, measured, parameters
from dragoman.planning.quantization import BF16, ONLINE, Scheme

PLAIN_BYTES = {"float32": 4.0, "float": 4.0}
CREDIBLE = (0.8, 1.25)
"""A stated size is believed where it is about what the shape comes to; else it is of something else."""


def stored(arch: Architecture, scheme: Scheme, checkpoint: Checkpoint | None = None) -> Parts:
    """Bytes of each part once loaded: from the checkpoint's headers, else its size, else the shape alone."""
    computed = scheme.of_parts(parameters(arch), PLAIN_BYTES.get(arch.dtype, 2.0))
    if checkpoint is None or scheme.name in ONLINE:
        return computed
    if checkpoint.tensors:
        return measured(checkpoint.tensors, arch.layers)
    whole = computed.total + computed.mtp
    if checkpoint.size and CREDIBLE[0] < checkpoint.size / whole < CREDIBLE[1]:
        factor = checkpoint.size / whole
        return computed.times({name: factor for name, _ in computed.items()})
    return computed


def per_gpu(parts: Parts, arch: Architecture, layout: Layout) -> float:
    """Bytes of weights on the GPU that holds most of them."""
    tensor, stages = layout.tensor, layout.pipeline
    stage = math.ceil(arch.layers / stages) / arch.layers
    # Experts are spread over all ranks that do not repeat each other, whole or in slices.
    experts = parts.experts / (tensor * layout.data)
    split = parts.linear + parts.dense + parts.shared
    layers = experts + split / tensor + _attention(parts, arch, tensor) + parts.router
    ends = (parts.embedding + parts.head) if stages == 1 else max(parts.embedding, parts.head)
    return layers * stage + ends / tensor + parts.vision / tensor


def computed_size(arch: Architecture, scheme: Scheme = BF16) -> float:
    """Bytes of the whole model in that form."""
    return scheme.of_parts(parameters(arch)).total


def _attention(parts: Parts, arch: Architecture, tensor: int) -> float:
    """Attention is split by heads; keys and values are repeated beyond their number, latent ones always."""
    if arch.latent or arch.compression:
        whole = _shared_by_all(arch)
        return parts.attention * (whole + (1 - whole) / tensor)
    keys = 2 * arch.kv_heads / (arch.heads * (3 if arch.gated else 2) + 2 * arch.kv_heads)
    return parts.attention * ((1 - keys) / tensor + keys / min(tensor, arch.kv_heads))


def _shared_by_all(arch: Architecture) -> float:
    """The share of latent attention that every GPU holds: what leads into the low ranks."""
    latent = arch.latent
    low = arch.query_rank + arch.head_dim
    if latent:
        low = latent.query_rank + latent.width + latent.index_dim
    per_layer = parameters(arch).attention / max(1, arch.full + arch.sliding)
    return min(1.0, arch.hidden * low / per_layer) if per_layer else 0.0
