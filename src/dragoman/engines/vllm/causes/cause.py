"""The values of the table of causes: a cause, the wordings that give it away, and what a start may change."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Seen = Literal["live", "source", "reported"]
"""How the wording is known: printed by a vLLM that was run, read in its source, or reported by its users."""

Kind = Literal["start", "running", "request", "warning", "wrapper"]
"""When it happens: at the start, later, as the answer to a request; a warning stops nothing, and a wrapper
only says that something else failed."""

Stage = Literal["", "loading", "profiling", "sampling", "capturing", "deep_gemm", "serving"]
"""What a process was doing when it wrote a line; empty: not known."""

Lever = Literal[
    "max_model_len",
    "max_num_batched_tokens",
    "max_num_seqs",
    "gpu_memory_utilization",
    "enforce_eager",
    "tensor",
    "expert",
    "environment",
]

Figures = dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Change:
    """What another start should change. `value` is a number to set, or `NAME=value` for the environment.

    None: one step in the usual direction, from whatever the deployment has. Counterpart: `planning.retry`.
    """

    lever: Lever
    value: float | int | str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """One way a cause is put: a `cue`, which a line must hold to be looked at, and the pattern itself."""

    cue: str
    pattern: re.Pattern[str]


def says(cue: str, pattern: str = "") -> Wording:
    """A wording. Without a pattern the cue is the whole of it."""
    return Wording(cue, re.compile(pattern or re.escape(cue)))


def _figures(found: Mapping[str, str | None]) -> Figures:
    return {name: value for name, value in found.items() if value is not None}


def _no_changes(_: Figures) -> tuple[Change, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, why, and the mend.

    `exact` is the mend with figures in it; it is used where `figures` finds every one of them in the words
    that matched. `changes` are what another start may try, the best first. `gateway` says what Dragoman's
    gateway does about it. With `stages` it only counts in a process that was doing one of these.
    """

    id: str
    seen: Seen
    wordings: tuple[Wording, ...]
    what: str
    why: str
    mend: str
    exact: str = ""
    kind: Kind = "start"
    stages: tuple[Stage, ...] = ()
    figures: Callable[[Mapping[str, str | None]], Figures] = _figures
    changes: Callable[[Figures], tuple[Change, ...]] = _no_changes
    gateway: str = ""

    def told(self, figures: Figures) -> str:
        """The mend, with figures where there are all of them."""
        try:
            return self.exact.format(**figures) if self.exact else self.mend
        except KeyError:
            return self.mend


@dataclass(frozen=True, slots=True)
class Found:
    """A cause in a log: where it first stood (`line` from 1), in whose words, and the mend with its figures.

    `text` is the engine's own and not to be trusted: it may hold anything that a user sent.
    """

    cause: Cause
    line: int
    text: str
    process: str = ""
    figures: Figures = field(default_factory=dict)
    mend: str = ""
    changes: tuple[Change, ...] = ()
    first_errors: tuple[str, ...] = ()
    """Of a wrapper: the first error of each process, which is where the cause stands."""


def always(*changes: Change) -> Callable[[Figures], tuple[Change, ...]]:
    """Changes that need no figures."""
    return lambda _: changes
