"""Causes that lie in how an engine spreads over GPUs and machines, and in what connects these."""

import math
from collections.abc import Mapping

from dragoman.engines.vllm.causes.cause import Cause, Change, Figures, always, says


def _block(found: Mapping[str, str | None]) -> Figures:
    """By how much the tensor parallel size must go down until a shard is made of whole blocks."""
    size, block = found.get("size"), found.get("block")
    if not size or not block or not int(size):
        return {}
    by = int(block) // math.gcd(int(size), int(block))
    return {"size": int(size), "block": int(block), "by": by}


def _fewer_shards(figures: Figures) -> tuple[Change, ...]:
    return (Change("tensor", f"/{figures['by']}"),) if figures.get("by", 0) not in (0, 1) else ()


def _heads(found: Mapping[str, str | None]) -> Figures:
    heads, size = found.get("heads"), found.get("size")
    if not heads or not size:
        return {}
    fits = max(n for n in range(1, int(size) + 1) if int(heads) % n == 0)
    return {"heads": int(heads), "size": int(size), "fits": fits}


_EXPERT_BLOCK = (
    r"(?P<what>output_size of gate's and up's|input_size of down's) weight = (?P<size>\d+) is not divisible "
    r"by .{0,40}block_\w = (?P<block>\d+)"
)

ROWS: tuple[Cause, ...] = (
    Cause(
        "experts-split-blocks",
        "source",
        (
            says("gate's and up's weight", _EXPERT_BLOCK),
            says("input_size of down's weight", _EXPERT_BLOCK),
        ),
        "The tensor parallel size cuts the experts' FP8 blocks.",
        "Each GPU's part of an expert must be a multiple of the quantization's block.",
        "Add --enable-expert-parallel, or halve --tensor-parallel-size.",
        exact="Add --enable-expert-parallel, or divide --tensor-parallel-size by {by}: {size} is no multiple "
        "of {block}.",
        figures=_block,
        changes=lambda figures: (Change("expert"), *_fewer_shards(figures)),
    ),
    Cause(
        "layers-split-blocks",
        "source",
        (
            says(
                "output_partition_size = ",
                r"output_partition_size = (?P<size>\d+) is not divisible by .{0,40}block_n = (?P<block>\d+)",
            ),
            says(
                "input_size_per_partition = ",
                r"input_size_per_partition = (?P<size>\d+) is not divisible by .{0,40}block_k = "
                r"(?P<block>\d+)",
            ),
        ),
        "The tensor parallel size cuts the FP8 blocks of a layer.",
        "Each GPU's part must be a multiple of the quantization's block; expert parallelism does not help.",
        "Lower --tensor-parallel-size.",
        exact="Divide --tensor-parallel-size by {by}: {size} is no multiple of {block}.",
        figures=_block,
        changes=_fewer_shards,
    ),
    Cause(
        "heads-not-divisible",
        "live",
        (
            says(
                "must be divisible by tensor parallel size",
                r"attention heads \((?P<heads>\d+)\) must be divisible by tensor parallel size"
                r"(?: \((?P<size>\d+)\))?",
            ),
        ),
        "The attention heads cannot be shared out evenly.",
        "Every GPU of a tensor parallel group holds the same number of heads.",
        "Take a divisor of the number of heads as --tensor-parallel-size, and the rest of the GPUs with "
        "--pipeline-parallel-size.",
        exact="Start with --tensor-parallel-size {fits}, a divisor of {heads}; more GPUs with "
        "--pipeline-parallel-size.",
        figures=_heads,
        changes=lambda figures: (Change("tensor", figures["fits"]),) if "fits" in figures else (),
    ),
    Cause(
        "fp8-on-old-gpu",
        "reported",
        (says("type fp8e4nv not supported in this architecture"),),
        "This vLLM cannot run block FP8 on this GPU.",
        "GPUs before Ada and Hopper have no FP8; vLLM before 0.9 has no other way for it.",
        "Use vLLM 0.9 or later, which then keeps only the weights in FP8, or an AWQ or GPTQ checkpoint.",
    ),
    Cause(
        "fp8-weights-only",
        "source",
        (says("does not have native support for FP8"),),
        "The GPU has no FP8; only the weights are kept in it.",
        "They are unpacked for each step, so that long prompts take longer to read than on newer GPUs.",
        "Nothing need be done; an AWQ or GPTQ checkpoint is the alternative.",
        kind="warning",
    ),
    Cause(
        "too-few-gpus",
        "source",
        (
            says(
                "is larger than the number of available GPUs",
                r"World size \((?P<world>\d+)\) is larger than the number of available GPUs"
                r"(?: \((?P<gpus>\d+)\))?",
            ),
        ),
        "The engine is told to use more GPUs than it sees.",
        "--tensor-parallel-size times --pipeline-parallel-size is larger than this machine's GPUs, or "
        "CUDA_VISIBLE_DEVICES hides some.",
        "Lower --tensor-parallel-size, show all GPUs to it, or spread it over machines (--nnodes).",
        exact="{world} GPUs are asked for and {gpus} seen: lower --tensor-parallel-size, show all GPUs to it "
        "(CUDA_VISIBLE_DEVICES, --gpus all), or spread it over machines (--nnodes).",
    ),
    Cause(
        "nccl-system-error",
        "reported",
        (says("NCCL error: unhandled system error"), says("ncclSystemError"), says("ncclUnhandledCudaError")),
        "The GPUs cannot reach each other.",
        "In containers, most often, because shared memory is small; else InfiniBand or peer access.",
        "Start the container with --ipc=host or --shm-size 16g; NCCL_DEBUG=INFO names the call that failed.",
    ),
    Cause(
        "shared-memory-small",
        "reported",
        (says("Error while creating shared memory segment", r"shared memory segment /dev/shm/nccl-"),),
        "Shared memory (/dev/shm) is too small, or cannot be written to.",
        "NCCL passes data between GPUs through it; containers have 64 MB of it by default.",
        "Start the container with --ipc=host or --shm-size 16g; under WSL2 enlarge /dev/shm.",
    ),
    Cause(
        "nccl-hang",
        "reported",
        (),
        "The start stands still while the GPUs connect.",
        "The last thing it said was NCCL's version: peer access over this PCIe topology, or the IOMMU, does "
        "not work.",
        "Set NCCL_P2P_DISABLE=1, or NCCL_P2P_LEVEL=PHB; in the BIOS or kernel switch the IOMMU off.",
        changes=always(Change("environment", "NCCL_P2P_DISABLE=1")),
    ),
    Cause(
        "nccl-hang-nodes",
        "reported",
        (),
        "The start stands still while the machines connect.",
        "NCCL or Gloo speaks over the wrong network interface.",
        "Set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME to the interface that the machines share (`ip addr`), "
        "and NCCL_IB_HCA to the InfiniBand adapter.",
    ),
    Cause(
        "mismatched-nodes",
        "source",
        (says("Configuration mismatch detected for engine"),),
        "The machines of one engine were started with different settings.",
        "What concerns their communication must be the same on all of them.",
        "Take the commands of all machines from one plan (`dragoman export`).",
    ),
    Cause(
        "headless-missing",
        "source",
        (says("must use --headless unless in external or hybrid", r"must use +--headless unless in"),),
        "A machine that is not the first lacks --headless.",
        "Only the first machine serves HTTP.",
        "Add --headless on that machine.",
    ),
    Cause(
        "headless-wrong",
        "source",
        (says("must not use --headless"),),
        "A machine has --headless and must not.",
        "With external or hybrid load balancing each machine serves HTTP itself.",
        "Take --headless off that machine.",
    ),
    Cause(
        "nodes-do-not-divide",
        "live",
        (
            says(
                "must evenly divide the total world size",
                r"`--nnodes (?P<nodes>\d+)` must evenly divide the total world size \((?P<world>\d+)\)",
            ),
        ),
        "The GPUs cannot be shared out evenly over the machines.",
        "Every machine of one engine has the same number of them.",
        "Take sizes whose product is a multiple of --nnodes.",
        exact="{world} GPUs over {nodes} machines: change --tensor-parallel-size or --pipeline-parallel-size "
        "until their product is a multiple of {nodes}.",
    ),
    Cause(
        "nodes-share-address",
        "source",
        (says("Every node should have a unique IP"),),
        "Two machines call themselves by the same address.",
        "VLLM_HOST_IP is the same on both, or set in an image or a profile.",
        "Set VLLM_HOST_IP on each machine to its own address.",
    ),
)
