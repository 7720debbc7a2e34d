"""What the engine refuses, before it loads anything: each rule says why, in its words where it has some.

Sources: vLLM 0.32's `config/model.py`, `config/parallel.py`, `layers/quantization/utils/fp8_utils.py`,
`fused_moe/oracle/fp8.py`, and the reports that docs/planning.md names.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dragoman.model.deployment import Layout
from dragoman.planning import versions
from dragoman.planning.architecture import Architecture
from dragoman.planning.memory import Settings
from dragoman.planning.quantization import EIGHT_BITS, Scheme
from dragoman.planning.versions import NEWEST, Version

LEAST_BLOCK = 32
"""Scales are refined to no smaller blocks."""
Capability = tuple[int, int]
AMPERE: Capability = (8, 0)
NATIVE_FP8: Capability = (8, 9)
NATIVE_FP4: Capability = (10, 0)
ENCODER_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged. `gpus` are those there are, 0 where unknown; `capability` None where unknown."""

    arch: Architecture
    scheme: Scheme
    layout: Layout
    settings: Settings
    gpus: int = 0
    capability: Capability | None = None
    amd: bool = False
    max_model_len: int | None = None

    @property
    def version(self) -> Version:
        return self.settings.version or NEWEST


def refusal(case: Case) -> str | None:
    """Why the engine would refuse this, the first reason there is; None where it would not."""
    return next(refusals(case), None)


def refusals(case: Case) -> Iterator[str]:
    """All reasons."""
    for rule in (_world, _heads, _stages, _experts, _context, _blocks, _groups, _settings, _card):
        yield from rule(case)


def refined(case: Case) -> int | None:
    """The block that FP8 scales are refined to where the own one does not fit; None where it fits."""
    slice_ = expert_slice(case.arch, case.layout)
    block = case.scheme.block
    if not block or slice_ is None or slice_ % block == 0:
        return None
    return math.gcd(block, slice_, case.arch.hidden)


def expert_slice(arch: Architecture, layout: Layout) -> int | None:
    """The inner size of what one GPU holds of an expert; None without experts."""
    if not arch.experts:
        return None
    return arch.experts.intermediate // (1 if layout.expert else layout.tensor * layout.data)


def _world(case: Case) -> Iterator[str]:
    if min(case.layout.tensor, case.layout.pipeline, case.layout.data, case.layout.decode_context) < 1:
        yield "the sizes of a layout are 1 or more"
    elif case.gpus and case.layout.gpus > case.gpus:
        yield (
            f"World size ({case.layout.gpus}) is larger than the number of available GPUs ({case.gpus}): "
            f"{case.layout} needs {case.layout.gpus}"
        )


def _heads(case: Case) -> Iterator[str]:
    arch, layout = case.arch, case.layout
    if arch.heads % layout.tensor:
        yield (
            f"Total number of attention heads ({arch.heads}) must be divisible by tensor parallel size "
            f"({layout.tensor})"
        )
    elif (
        not arch.latent
        and not arch.compression
        and max(arch.kv_heads, layout.tensor) % min(arch.kv_heads, layout.tensor)
    ):
        yield f"{arch.kv_heads} KV heads cannot be divided over, or repeated on, {layout.tensor} GPUs"
    yield from _decode_context(arch, layout)


def _decode_context(arch: Architecture, layout: Layout) -> Iterator[str]:
    heads = 1 if arch.latent else arch.kv_heads
    if layout.decode_context > 1 and layout.decode_context > max(1, layout.tensor // heads):
        yield (
            f"decode context parallel size ({layout.decode_context}) is at most the tensor parallel size "
            f"over the KV heads ({layout.tensor} / {heads})"
        )


def _stages(case: Case) -> Iterator[str]:
    if case.layout.pipeline > case.arch.layers:
        yield f"{case.arch.layers} layers cannot make {case.layout.pipeline} pipeline stages"


def _experts(case: Case) -> Iterator[str]:
    if case.layout.expert and not case.arch.experts:
        yield "Number of experts in the model must be greater than 0 when expert parallelism is enabled"


def _context(case: Case) -> Iterator[str]:
    arch, wanted = case.arch, case.max_model_len
    if arch.dual_chunk and case.version >= versions.DUAL_CHUNK_GONE:
        yield (
            "vLLM dropped dual chunk attention in 0.11: remove dual_chunk_attention_config from the config, "
            "or use the model's plain config with a window of 262144"
        )
    if wanted is not None and wanted > arch.context:
        yield (
            f"User-specified max_model_len ({wanted}) is greater than the derived max_model_len "
            f"(max_position_embeddings={arch.context} in the model's config.json)"
        )


def _blocks(case: Case) -> Iterator[str]:
    """FP8 scales are one per block of 128 by 128, so that a slice of a matrix must be whole blocks."""
    arch, block, tensor = case.arch, case.scheme.block, case.layout.tensor
    if not block:
        return
    inner = expert_slice(arch, case.layout)
    if inner is not None and inner % block and not _refines(case):
        yield (
            f"The output_size of gate's and up's weight = {inner} is not divisible by weight quantization "
            f"block_n = {block}: {_remedy(arch, block)}"
        )
    shared = arch.experts.shared if arch.experts else 0
    for name, size in (("dense", arch.dense_intermediate), ("shared expert's", shared)):
        if size and tensor > 1 and (size // tensor) % block:
            yield (
                f"Weight input_size_per_partition = {size // tensor} is not divisible by weight quantization "
                f"block_k = {block} ({name} layers at tensor parallel size {tensor}): use a smaller one"
            )


def _refines(case: Case) -> bool:
    """Where no version is named, the rule of all versions holds."""
    block = refined(case)
    return (
        case.settings.version is not None
        and case.version >= versions.BLOCKS_REFINED
        and (block is None or block >= LEAST_BLOCK)
    )


def _remedy(arch: Architecture, block: int) -> str:
    assert arch.experts
    sizes = [size for size in (1, 2, 4, 8, 16) if arch.experts.intermediate % (size * block) == 0]
    fits = f"tensor parallel size {max(sizes)} at most, or " if sizes else ""
    return f"use {fits}--enable-expert-parallel"


def _groups(case: Case) -> Iterator[str]:
    arch, group = case.arch, case.scheme.group
    inner = expert_slice(arch, case.layout)
    if group <= 32 or case.scheme.bits > 8:
        return
    for size in (inner, arch.dense_intermediate // case.layout.tensor):
        if size and size % group:
            yield (
                f"{size} values per GPU are not whole groups of {group} of the {case.scheme.name} weights: "
                "use a smaller tensor parallel size, or --enable-expert-parallel for the experts"
            )
            return


def _settings(case: Case) -> Iterator[str]:
    settings = case.settings
    if not 0 < settings.utilization <= 1:
        yield f"gpu_memory_utilization is a share above 0 and at most 1, not {settings.utilization}"
    if settings.batched_tokens < settings.sequences:
        yield (
            f"max_num_batched_tokens ({settings.batched_tokens}) must be greater than or equal to "
            f"max_num_seqs ({settings.sequences})"
        )


def _card(case: Case) -> Iterator[str]:
    """What the GPU's generation cannot do."""
    own = case.capability
    if own is None or case.amd:
        return
    name = case.scheme.name
    label = f"{own[0]}.{own[1]}"
    if own < (7, 0):
        yield f"vLLM needs GPUs of compute capability 7.0 or more, not {label}"
    elif name == "bf16" and own < AMPERE and case.arch.dtype != "float16":
        yield f"Bfloat16 is only supported on GPUs with compute capability of at least 8.0, not {label}"
    elif name in EIGHT_BITS and own < (7, 5):
        yield f"FP8 weights need compute capability 7.5 or more, not {label}"
    elif name in EIGHT_BITS and own < NATIVE_FP8 and case.arch.experts and _old(case):
        yield (
            "type fp8e4nv not supported in this architecture: FP8 experts on GPUs before compute capability "
            "8.9 need vLLM 0.9 or later (Marlin), or a 4-bit checkpoint"
        )
    elif name in ("nvfp4", "mxfp4") and own < AMPERE:
        yield f"4-bit floating point weights need compute capability 8.0 or more, not {label}"


def _old(case: Case) -> bool:
    return case.version < versions.FP8_MARLIN_EXPERTS
