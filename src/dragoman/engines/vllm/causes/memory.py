"""Causes that are about memory: the GPU's, the KV cache's, the host's, and the windows that follow."""

import math
from collections.abc import Mapping

from dragoman.engines.vllm.causes.cause import Cause, Change, Figures, always, says

OUT_OF_MEMORY = (
    says("CUDA out of memory", r"CUDA out of memory(?! occurred when warming up)"),
    says("HIP out of memory"),
    says("OutOfMemoryError"),
)


def _window(found: Mapping[str, str | None]) -> Figures:
    """The longest window that fits, as a multiple of 1,024 where it is as long as that."""
    if not (fits := found.get("fits")):
        return {}
    tokens = int(fits.replace(",", ""))
    return {"fits": tokens, "window": tokens // 1024 * 1024 or tokens}


def _window_changes(figures: Figures) -> tuple[Change, ...]:
    window = figures.get("window")
    return (Change("max_model_len", window),) if window else ()


def _free_share(found: Mapping[str, str | None]) -> Figures:
    """The share that is free, less 0.01: the driver's own use moves a little from start to start."""
    free, total = found.get("free"), found.get("total")
    if not free or not total or not float(total):
        return {}
    share = math.floor(float(free) / float(total) * 100) / 100 - 0.01
    return {"free": float(free), "total": float(total), "share": round(max(share, 0.0), 2)}


def _share_changes(figures: Figures) -> tuple[Change, ...]:
    share = figures.get("share", 0.0)
    return (Change("gpu_memory_utilization", share),) if isinstance(share, float) and share >= 0.5 else ()


def _fewer_sequences(found: Mapping[str, str | None]) -> Figures:
    if not (now := found.get("now")):
        return {}
    return {"now": int(now), "sequences": 256 if int(now) > 256 else max(64, int(now) // 2)}


def _derived(found: Mapping[str, str | None]) -> Figures:
    wanted, derived = found.get("wanted"), found.get("derived")
    return {"wanted": int(wanted), "derived": int(float(derived))} if wanted and derived else {}


ROWS: tuple[Cause, ...] = (
    Cause(
        "weights-do-not-fit",
        "reported",
        OUT_OF_MEMORY,
        "The weights do not fit into the GPUs' memory.",
        "The GPU was full before the weights were loaded; no setting of the cache changes that.",
        "Spread the model over more GPUs (--tensor-parallel-size), or serve a smaller quantization of it.",
        stages=("loading",),
        changes=always(Change("tensor")),
    ),
    Cause(
        "graphs-out-of-memory",
        "reported",
        OUT_OF_MEMORY,
        "Memory ran out while CUDA graphs were captured.",
        "Graphs take 0.5 to 2 GiB per GPU; before vLLM 0.21 they came on top of --gpu-memory-utilization.",
        "Lower --gpu-memory-utilization by 0.03; else fewer --cudagraph-capture-sizes, or --enforce-eager.",
        stages=("capturing",),
        changes=always(Change("gpu_memory_utilization"), Change("enforce_eager")),
    ),
    Cause(
        "deep-gemm-out-of-memory",
        "reported",
        OUT_OF_MEMORY,
        "Memory ran out while DeepGEMM's kernels were warmed up.",
        "The weights leave too little room for the warm-up.",
        "Set VLLM_USE_DEEP_GEMM=0, or lower --max-num-batched-tokens.",
        stages=("deep_gemm",),
        changes=always(Change("environment", "VLLM_USE_DEEP_GEMM=0"), Change("max_num_batched_tokens")),
    ),
    Cause(
        "step-out-of-memory",
        "reported",
        OUT_OF_MEMORY,
        "Memory ran out in a forward pass.",
        "The largest step, --max-num-batched-tokens, needs more than the weights and the cache have left.",
        "Halve --max-num-batched-tokens; else lower --gpu-memory-utilization by 0.03 if it serves already.",
        stages=("profiling", "serving"),
        changes=always(Change("max_num_batched_tokens"), Change("gpu_memory_utilization")),
    ),
    Cause(
        "out-of-memory",
        "reported",
        OUT_OF_MEMORY,
        "The GPU's memory ran out.",
        "The log does not say in which part of the start.",
        "In this order: --max-num-batched-tokens 2048, a lower --gpu-memory-utilization, more GPUs or a "
        "smaller quantization.",
        stages=("",),
        changes=always(Change("max_num_batched_tokens"), Change("gpu_memory_utilization")),
    ),
    Cause(
        "no-room-for-cache",
        "source",
        (
            says("No available memory for the cache blocks"),
            says("on kv cache allocation is less than requested memory for kv"),
        ),
        "Nothing is left for the KV cache.",
        "Weights and the largest step use up all that --gpu-memory-utilization allows.",
        "Lower --max-num-batched-tokens, raise --gpu-memory-utilization by 0.03, or use more GPUs.",
        changes=always(Change("max_num_batched_tokens"), Change("gpu_memory_utilization", "+0.03")),
    ),
    Cause(
        "window-does-not-fit",
        "source",
        (
            says(
                "To serve at least one request with the model",
                r"To serve at least one request with the model'?s'?s? max seq len(?:.{0,400}?"
                r"estimated maximum model length is (?P<fits>[\d,]+))?",
            ),
            says(
                "maximum number of tokens that can be stored in KV cache",
                r"max seq len \(\d+\) is larger than the maximum number of tokens that can be stored in KV "
                r"cache \((?P<fits>\d+)\)",
            ),
        ),
        "The KV cache is too small for one request as long as the window.",
        "What weights and the largest step leave holds fewer tokens than --max-model-len.",
        "Lower --max-model-len, or halve the cache's size with --kv-cache-dtype fp8.",
        exact="Start with --max-model-len {window} (the cache holds {fits:,} tokens), or keep the window and "
        "halve the cache's size with --kv-cache-dtype fp8.",
        figures=_window,
        changes=_window_changes,
    ),
    Cause(
        "memory-taken",
        "source",
        (
            says(
                "less than desired GPU memory utilization",
                r"Free memory on device [^(]{0,40}\((?P<free>[\d.]+)/(?P<total>[\d.]+) GiB\).{0,40}"
                r"less than desired GPU memory utilization",
            ),
            # On a CPU the same share is one of the machine's memory.
            says(
                "less than desired CPU memory utilization",
                r"Available memory on node \d+ \((?P<free>[\d.]+)/(?P<total>[\d.]+) GiB\).{0,40}"
                r"less than desired CPU memory utilization",
            ),
        ),
        "Less of the memory is free than --gpu-memory-utilization asks for.",
        "Another process, often an engine that was left behind, or a desktop uses it.",
        "Free the memory (nvidia-smi names the processes), or lower --gpu-memory-utilization.",
        exact="Free the memory (nvidia-smi names the processes), or start with --gpu-memory-utilization "
        "{share}: {free:g} of {total:g} GiB are free.",
        figures=_free_share,
        changes=_share_changes,
    ),
    Cause(
        "memory-moved",
        "source",
        (says("Error in memory profiling"),),
        "The free memory grew while vLLM measured it.",
        "Another process gave memory back in these seconds, so that the measurement is void.",
        "Start again when nothing else starts or ends on these GPUs.",
    ),
    Cause(
        "sampler-out-of-memory",
        "source",
        (
            says(
                "out of memory occurred when warming up sampler",
                r"out of memory occurred when warming up sampler with (?P<now>\d+) dummy requests",
            ),
        ),
        "Memory ran out while the sampler was warmed up.",
        "It needs the vocabulary's size times --max-num-seqs.",
        "Lower --max-num-seqs to 64 to 256.",
        exact="Start with --max-num-seqs {sequences} (it was {now}).",
        figures=_fewer_sequences,
        changes=lambda figures: (Change("max_num_seqs", figures.get("sequences", 256)),),
    ),
    Cause(
        "window-over-model",
        "live",
        (
            says(
                "User-specified max_model_len",
                r"User-specified max_model_len \((?P<wanted>\d+)\) is greater than the derived max_model_len"
                r"(?: \([a-z_]{1,40}=(?P<derived>\d+(?:\.\d+)?))?",
            ),
        ),
        "The window is longer than the model was made for.",
        "Its config.json says so; beyond it the answers are rubbish.",
        "Lower --max-model-len, take a release of the model with a longer one (the 2507 releases of Qwen3 "
        "have 262144), or stretch it with YaRN (--hf-overrides).",
        exact="Start with --max-model-len {derived}, take a release of the model with a longer one (the 2507 "
        "releases of Qwen3 have 262144), or stretch it with YaRN (--hf-overrides).",
        figures=_derived,
        changes=lambda figures: (
            (Change("max_model_len", figures["derived"]),) if "derived" in figures else ()
        ),
    ),
    Cause(
        "host-out-of-memory",
        "source",
        (
            says("died unexpectedly", r"Worker ?[Pp]roc.{1,80}died unexpectedly \(exit code: -9\)"),
            says("Failed core proc", r"Failed core proc\(s\): \{[^}]{0,200}: -9\b"),
        ),
        "The kernel ended a process of the engine (exit code -9), most often for want of RAM.",
        "While the weights are read, the host's own memory fills.",
        "More RAM or swap, fewer --max-parallel-loading-workers, no --safetensors-load-strategy prefetch; "
        "in a container, a higher memory limit. `dmesg` shows whether it was the kernel.",
    ),
    Cause(
        "weights-over-network",
        "source",
        (says("Network filesystem", r"Network filesystem .{1,160} exceeds \d+% of available RAM"),),
        "The weights are read over a network filesystem, and do not fit into RAM.",
        "They are read in many small pieces, which is slow there.",
        "Copy the model to a local disk.",
        kind="warning",
    ),
)
