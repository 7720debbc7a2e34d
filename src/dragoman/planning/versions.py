"""Which release of vLLM does what, as far as a plan depends on it (vLLM's `engine/arg_utils.py`)."""

import re

Version = tuple[int, int, int]

NEWEST: Version = (0, 32, 0)
"""The release whose source the rules were read from, and the one meant where none is named."""

_NUMBERS = re.compile(r"^v?(\d+)\.(\d+)(?:\.(\d+))?")

UTILIZATION_RAISED: Version = (0, 20, 0)
GRAPHS_CHARGED: Version = (0, 21, 0)
BLOCKS_REFINED: Version = (0, 32, 0)
"""The first release known to refine FP8 scales to what tensor parallelism leaves of an expert."""
BIG_BATCH_TOKENS: Version = (0, 8, 3)
"""From here on, the default batch depends on the GPU."""
FP8_MARLIN_EXPERTS: Version = (0, 9, 0)
DUAL_CHUNK_GONE: Version = (0, 11, 0)
KV_DTYPE_HEEDED: Version = (0, 12, 0)
"""From here on, a checkpoint that asks for a KV cache in 8 bits gets one (from memory)."""
QUANTIZED_AS_LOADED: Version = (0, 14, 0)
"""From here on, online quantization works layer by layer while weights are loaded (from memory)."""
ENCODER_PROFILE_BOUNDED: Version = (0, 12, 0)

GIB = 1 << 30


def parse(text: str) -> Version | None:
    """`0.11.0`, `v0.8.5.post1` or `0.17.0rc1` as numbers; None for an empty text. Raises ValueError."""
    if not text:
        return None
    found = _NUMBERS.match(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no version of an engine; write it like 0.32.0")
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch or 0)


def utilization(version: Version | None) -> float:
    """The default of `--gpu-memory-utilization`."""
    return 0.92 if (version or NEWEST) >= UTILIZATION_RAISED else 0.9


def batched_tokens(version: Version | None, memory: int, name: str) -> int:
    """The default of `--max-num-batched-tokens` on a GPU with that much memory, in bytes."""
    if (version or NEWEST) < BIG_BATCH_TOKENS:
        return 2048
    if memory >= 160 * GIB:
        return 16384
    return 8192 if _large(memory, name) else 2048


def sequences(version: Version | None, memory: int, name: str) -> int:
    """The default of `--max-num-seqs`."""
    if (version or NEWEST) < BIG_BATCH_TOKENS:
        return 256
    return 1024 if _large(memory, name) else 256


def _large(memory: int, name: str) -> bool:
    return memory >= 70 * GIB and "a100" not in name.lower()
