"""What vLLM's log tells of a start in figures: memory, tokens, times. Text in, one value out.

Wordings of 0.6 to 0.32, on GPUs and on the CPU. A log of several starts gives the last one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dragoman.model.measured import Measured

GIB = 1 << 30
LONGEST_LINE = 4000

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_COUNT = r"(\d[\d,]*)"


def parse(lines: Iterable[str]) -> Measured:
    """The last start of a log; empty where it tells nothing."""
    found = Measured()
    for line in lines:
        text = line[:LONGEST_LINE]
        if start := _START.search(text):
            found = Measured(version=start[1])
        for pattern, names in _FIGURES:
            if figure := pattern.search(text):
                found = _with(found, dict(zip(names, figure.groups(), strict=True)))
    return found


def _with(found: Measured, figures: Mapping[str, str | None]) -> Measured:
    changes: dict[str, Any] = {}
    for name, text in figures.items():
        if text is None:
            continue
        value = _READ.get(name, _bytes)(text)
        before = getattr(found, name)
        changes[name] = value if before is None or name not in _DECIDES else _DECIDES[name](before, value)
    return replace(found, **changes)


def _bytes(text: str) -> int:
    return round(float(text) * GIB)


def _count(text: str) -> int:
    return int(text.replace(",", ""))


# A start's first line: the banner of 0.32, or "vLLM API server version 0.11.0" of the releases before.
_START = re.compile(r"(?:\]|API server) .*\bversion (\d[\w.+]*)\s*$")

_FIGURES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), names)
    for pattern, names in (
        (rf"Time spent downloading weights for .*: {_NUMBER} seconds", ("download_s",)),
        (rf"Loading weights took {_NUMBER} seconds", ("read_s",)),
        (rf"Model loading took {_NUMBER} Gi?B(?: memory)? and {_NUMBER} seconds", ("weights", "load_s")),
        (rf"[Mm]odel weights take {_NUMBER} ?GiB", ("weights",)),
        (rf"torch\.compile takes {_NUMBER} s", ("compile_s",)),
        (rf"Estimated CUDA graph memory: {_NUMBER} GiB total", ("graphs_estimate",)),
        (rf"Available KV cache memory: {_NUMBER} GiB", ("kv_memory",)),
        (rf"memory reserved for KV Cache is {_NUMBER} ?GiB", ("kv_memory",)),
        (rf"set \({_NUMBER}/[\d.]+\) GiB for KV cache", ("kv_memory",)),
        (rf"for KV cache .* with {_NUMBER} GiB requested memory", ("requested",)),
        (rf"{_NUMBER} GiB memory was consumed by non-kv usages", ("consumed",)),
        (rf"\b([A-Z]{{3,4}})(?: \+ host)? KV cache size: {_COUNT} tokens", ("device", "kv_tokens")),
        (
            rf"Maximum concurrency for {_COUNT} tokens per request: {_NUMBER}x",
            ("max_model_len", "concurrency"),
        ),
        (
            rf"Graph capturing finished in {_NUMBER} secs, took {_NUMBER} GiB",
            ("capture_s", "graphs"),
        ),
        (
            rf"Free memory on device (?:\S+ )?\({_NUMBER}/{_NUMBER} GiB\) on startup\. "
            rf"Desired GPU memory utilization is \({_NUMBER}, {_NUMBER} GiB\)",
            ("free", "total", "utilization", "requested"),
        ),
        (rf"Actual usage is {_NUMBER} GiB for consumed memory", ("consumed",)),
        (rf"Actual usage is {_NUMBER} GiB for weight\b", ("weights",)),
        (rf"{_NUMBER} GiB for peak activation", ("activation",)),
        (rf"and {_NUMBER} GiB for CUDAGraph memory", ("graphs",)),
        (r"Replace gpu_memory_utilization config with `--kv-cache-memory=(\d+)`", ("kv_memory_advised",)),
        (rf"init engine \(.*\) took {_NUMBER} s(?:econds)?\b", ("prepare_s",)),
        (rf"init engine \(.*\) took .* \(compilation: {_NUMBER} s", ("compile_s",)),
    )
)

_READ: Mapping[str, Callable[[str], Any]] = {
    "device": str,
    "kv_tokens": _count,
    "max_model_len": _count,
    "kv_memory_advised": _count,
    **dict.fromkeys(("concurrency", "utilization"), float),
    **dict.fromkeys(("download_s", "read_s", "load_s", "compile_s", "capture_s", "prepare_s"), float),
}

# Several workers say these: the tightest decides for all, as it does in the engine.
_DECIDES: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("kv_memory", "kv_tokens", "concurrency", "free", "total", "requested"), min),
    "kv_memory_advised": min,
    **dict.fromkeys(("weights", "consumed", "activation", "graphs", "graphs_estimate"), max),
    **dict.fromkeys(("download_s", "read_s", "load_s", "compile_s", "capture_s", "prepare_s"), max),
}
