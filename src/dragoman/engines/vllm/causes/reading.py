"""Finds causes in the lines of an engine's log, fed one after another, in memory that does not grow with it.

A line is looked at only where it holds a cue. What a process was doing decides what an out-of-memory
error means; what a log ends with tells a start that stands still. Counterpart: the tables beside this.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from dragoman.engines.vllm.causes import layout, memory, requests, starting
from dragoman.engines.vllm.causes.cause import Cause, Found, Stage, Wording

TABLE: tuple[Cause, ...] = (*memory.ROWS, *layout.ROWS, *starting.ROWS, *requests.ROWS)
"""Every cause that is known; ids are unique."""

LONGEST_LINE = 16_384
KEPT_TEXT = 400
KEPT_PROCESSES = 256
KEPT_ERRORS = 16
_JOINED = 1_200

_CUES: tuple[tuple[str, Wording, Cause], ...] = tuple(
    (wording.cue, wording, cause) for cause in TABLE for wording in cause.wordings
)
_STAGES: tuple[tuple[str, Stage], ...] = (
    ("Starting to load model", "loading"),
    ("Loading safetensors checkpoint shards", "loading"),
    ("in load_model", "loading"),
    ("Model loading took", "profiling"),
    ("in determine_available_memory", "profiling"),
    ("in profile_run", "profiling"),
    ("in _dummy_sampler_run", "sampling"),
    ("in capture_model", "capturing"),
    ("Capturing CUDA graphs", "capturing"),
    ("deep_gemm_warmup", "deep_gemm"),
    ("DeepGEMM warmup", "deep_gemm"),
    ("DeepGemm warmup", "deep_gemm"),
    ("Graph capturing finished", "profiling"),
)
_READY = "Application startup complete"
_NCCL = "vLLM is using nccl=="
_INIT = "ncclCommInitRank"
_WAITING = (
    *("shared memory broadcast block", "NCCL INFO", "imed out", "TimeoutError"),
    *("Engine core initialization failed", "failed to start"),
)
"""What is said while nothing goes on, and when that has lasted too long."""
_NODES = re.compile(r"nnodes'?\"?[=: ]+(?:[2-9]|\d\d)|ncclCommInitRank")

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]")
_PREFIX = re.compile(
    r"\((?P<process>[A-Za-z][\w .-]{0,40}?)(?: rank=\d+)? pid=\d+[^)]{0,60}\)\s?"
    r"|(?P<level>[A-Z]{4,8}) \d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:\[[^\]]{1,80}\] ?)*"
)
_EXCEPTION = re.compile(r"^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)): ?(?=.)")
_FINE = frozenset({"DEBUG", "INFO", "WARNING"})
_FAILED = frozenset({"ERROR", "CRITICAL", "FATAL"})
_WRAPPERS = tuple(cue for cue, _, cause in _CUES if cause.kind == "wrapper")


class Reader:
    """Feed it lines, then close it. A cause is found once, where it first stands."""

    def __init__(self) -> None:
        self._line = 0
        self._found: dict[str, Found] = {}
        self._open = ""
        self._process = ""
        self._stages: dict[str, Stage] = {}
        self._serving = False
        self._nccl: tuple[int, str, str] | None = None
        self._nodes = False
        self._errors: dict[str, tuple[bool, str]] = {}

    def feed(self, line: str) -> list[Found]:
        """Take the next line; return the causes that show for the first time."""
        self._line += 1
        text, level = self._opened(_clean(line))
        if not text:
            return []
        self._note_progress(text)
        self._note_connecting(text, level)
        fresh = self._match(self._joined(text, level), len(text.strip()))
        self._note_error(text, level)
        for found in fresh:
            self._found[found.cause.id] = found
        return fresh

    @property
    def lines(self) -> int:
        """How many lines were fed."""
        return self._line

    @property
    def first_errors(self) -> tuple[str, ...]:
        """The first error of each process so far, known or not: exceptions, or else ERROR lines."""
        exceptions = tuple(text for exception, text in self._errors.values() if exception)
        return exceptions or tuple(text for _, text in self._errors.values())

    def close(self) -> list[Found]:
        """End of the log: all that was found, in order of appearance, wrappers last."""
        starts = {found.cause.id for found in self._found.values() if found.cause.kind == "start"}
        if self._nccl and starts <= {"start-timed-out"}:
            cause = _BY_ID["nccl-hang-nodes" if self._nodes else "nccl-hang"]
            line, text, process = self._nccl
            self._found[cause.id] = _found(cause, line, text, process, None)
        self._nccl = None
        ordered = sorted(self._found.values(), key=lambda found: found.line)
        wrappers = [
            replace(found, first_errors=self.first_errors)
            for found in ordered
            if found.cause.kind == "wrapper"
        ]
        return [found for found in ordered if found.cause.kind != "wrapper"] + wrappers

    def _opened(self, text: str) -> tuple[str, str]:
        """The line without the engine's prefixes, and its level if it says one."""
        level = ""
        for _ in range(2):
            found = _PREFIX.search(text, 0, 300)
            if not found:
                break
            self._process = found["process"] or self._process
            level = found["level"] or level
            text = text[found.end() :]
        return text.rstrip(), level

    def _joined(self, text: str, level: str) -> str:
        """The line behind the last ones of the same message, which a terminal may have broken anywhere."""
        self._open = text.strip() if level else f"{self._open[-_JOINED:]} {text.strip()}"
        return self._open[-LONGEST_LINE:]

    def _note_connecting(self, text: str, level: str) -> None:
        """Whether the GPUs connect now: from NCCL's first word until something else goes on or goes wrong."""
        if ("nnodes" in text or _INIT in text) and _NODES.search(text):
            self._nodes = True
        if _NCCL in text or (_INIT in text and "COMPLETE" not in text and self._nccl is None):
            self._nccl = (self._line, text.strip()[:KEPT_TEXT], self._process)
        elif self._nccl:
            waits = any(word in text for word in _WAITING) and "COMPLETE" not in text
            goes_on = level in _FINE or any(cue in text for cue, _ in _STAGES) or "COMPLETE" in text
            if not waits and (goes_on or _EXCEPTION.match(text.strip())):
                self._nccl = None

    def _note_progress(self, text: str) -> None:
        if _READY in text:
            self._serving = True
            self._stages.clear()
        for cue, stage in _STAGES:
            if cue in text and (self._process in self._stages or len(self._stages) < KEPT_PROCESSES):
                self._stages[self._process] = stage

    def _match(self, text: str, own: int) -> list[Found]:
        """The causes in a message so far, whose last `own` characters are the line itself."""
        fresh: dict[str, Found] = {}
        for cue, wording, cause in _CUES:
            if cue not in text or cause.id in self._found or cause.id in fresh:
                continue
            if cause.stages and self._stage() not in cause.stages:
                continue
            if match := wording.pattern.search(text):
                fresh[cause.id] = _found(cause, self._line, _shown(text, match, own), self._process, match)
        return list(fresh.values())

    def _stage(self) -> Stage:
        return self._stages.get(self._process, "serving" if self._serving else "")

    def _note_error(self, text: str, level: str) -> None:
        """The first exception of each process, or its first ERROR line until there is one."""
        exception = _EXCEPTION.match(text.strip()) is not None
        if not exception and level not in _FAILED:
            return
        if any(cue in text for cue in _WRAPPERS):
            return
        had = self._errors.get(self._process)
        if (had is None and len(self._errors) < KEPT_ERRORS) or (had and exception and not had[0]):
            self._errors[self._process] = (exception, text.strip()[:KEPT_TEXT])


def causes(lines: Iterable[str]) -> list[Found]:
    """The causes in a log, in order of first appearance, wrappers last."""
    reader = Reader()
    for line in lines:
        reader.feed(line)
    return reader.close()


def _found(cause: Cause, line: int, text: str, process: str, match: re.Match[str] | None) -> Found:
    figures = cause.figures(match.groupdict()) if match else {}
    return Found(cause, line, text[:KEPT_TEXT], process, figures, cause.told(figures), cause.changes(figures))


def _shown(text: str, match: re.Match[str], own: int) -> str:
    """The line itself, or so much of the message and of a long line as the match needs."""
    start = len(text) - own
    if match.start() < start or match.end() - start > KEPT_TEXT:
        start = match.start()
    return text[start:].strip()[:KEPT_TEXT]


def _clean(line: str) -> str:
    """Without colours and cursor movements; JSON's quotes as they were; at most LONGEST_LINE characters."""
    text = line[:LONGEST_LINE]
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\\" in text:
        text = text.replace('\\"', '"').replace("\\n", " ")
    return text.rstrip("\r\n")


_BY_ID = {cause.id: cause for cause in TABLE}
