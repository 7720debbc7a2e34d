"""What single lines of vLLM's log say to somebody who waits for it. Pure; `logbook` feeds it.

A start passes these stages, of which a plain one shows only some: download, checkpoint, shards, weights,
compilation, memory for the KV cache, CUDA graphs, server. Wordings are those of 0.32 and, where known, of
older versions.
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LogNote:
    """What one log line tells.

    A `phase` of the start, with how much of it is done where that is counted; a `milestone`, which is over
    and stays worth knowing; an `error` (`cause` names the exception itself), with the process that said it.
    """

    kind: Literal["phase", "milestone", "error", "cause"]
    text: str
    worker: str = ""
    done: int | None = None
    total: int | None = None


_COUNTED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Loading \w+ checkpoint shards:\s+\d+% Completed \| (\d+)/(\d+)", "loading weights, shards"),
        (r"Capturing CUDA graphs.*?:\s+\d+%.*?\b(\d+)/(\d+)", "capturing CUDA graphs"),
        (r"DeepGEMM warmup.*?:\s+\d+%.*?\b(\d+)/(\d+)", "warming up DeepGEMM, kernels"),
    )
)
_MILESTONES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Time spent downloading weights for .*: ([\d.]+) seconds", "weights downloaded in {} s"),
        (r"Loading weights took ([\d.]+) seconds", "weights read in {} s"),
        (
            r"Model loading took ([\d.]+) GiB memory and ([\d.]+) seconds",
            "model loaded, {} GiB of each GPU, in {} s",
        ),
        (r"torch\.compile (?:takes|took) ([\d.]+) s", "compiled in {} s"),
        (
            r"KV cache size: ([\d,]+) tokens, Maximum concurrency for ([\d,]+) tokens per request: ([\d.]+)x",
            "KV cache of {0} tokens, {2} times the window of {1}",
        ),
        (r"KV cache size: ([\d,]+) tokens", "KV cache of {} tokens"),
        (
            r"Graph capturing finished in (\d+) secs, took ([\d.]+) GiB",
            "CUDA graphs captured, {1} GiB, in {0} s",
        ),
        (r"init engine .* took ([\d.]+) s", "engine prepared in {} s"),
    )
)
_PHASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\] .*\bversion (\d[\w.+]*)$", "vLLM {} is starting"),
        (r"Initializing a V1 LLM engine", "preparing the engine"),
        (r"Starting to load model", "loading weights"),
        (r"Checkpoint size: ([\d.]+ GiB)", "reading a checkpoint of {}"),
        (r"Dynamo bytecode transform time|Compiling a graph", "compiling"),
        (r"Available KV cache memory: ([\d.]+ GiB)", "{} left for the KV cache"),
        (r"Capturing CUDA graphs", "capturing CUDA graphs"),
        (r"Warming up", "warming up"),
        (r"Starting vLLM (?:API )?server", "opening its port"),
        (r"Application startup complete", "ready"),
    )
)
_CAUSE = re.compile(r"(?:^|\] |\s)((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit): .+)$")
_ERROR = re.compile(r"(?:^|\s)(?:ERROR|CRITICAL|FATAL)\b[:\s]|^vllm(?: serve)?: error: |^Traceback ")
_HARMLESS = re.compile(r"(?:^|\s)(?:DEBUG|INFO|WARNING)\b[:\s]")
_PREFIX = re.compile(r"^\([^)]*pid=\d+\)\s*(?:[A-Z]+ \d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:\[[^\]]*\] ?)+)?")
_WORKER = re.compile(r"^\(([^)]*pid=\d+)\)")


def read_line(line: str) -> LogNote | None:
    """What a line of the server's log says, if anything."""
    for pattern, text in _COUNTED:
        if found := pattern.search(line):
            return LogNote("phase", text, done=int(found[1]), total=int(found[2]))
    for pattern, text in _MILESTONES:
        if found := pattern.search(line):
            return LogNote("milestone", text.format(*map(short, found.groups())))
    for pattern, text in _PHASES:
        if found := pattern.search(line):
            return LogNote("phase", text.format(*found.groups()))
    return trouble(line)


def trouble(line: str) -> LogNote | None:
    """An error, if the line tells one; what only quotes one does not."""
    if _HARMLESS.search(line):
        return None
    prefix = _WORKER.match(line)
    worker = prefix[1] if prefix else ""
    if found := _CAUSE.search(line):
        return LogNote("cause", found[1], worker)
    return LogNote("error", _PREFIX.sub("", line).strip(), worker) if _ERROR.search(line) else None


def short(number: str) -> str:
    """Seconds and sizes without digits that nobody reads."""
    return number if "," in number or "." not in number else f"{float(number):.2f}".rstrip("0").rstrip(".")
