"""What the judge says: findings, each with the edits that mend it, and all of a script together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dragoman.planning.judge.words import Script

Verdict = Literal["right", "wrong", "outdated", "risky", "missing"]


@dataclass(frozen=True, slots=True)
class Edit:
    """The text between two places becomes another one."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `stops`: with it nothing starts, or nothing works.

    `line` is that of the script, 0 where something is missing from all of it. `added` are words for the end
    of the command.
    """

    rule: str
    verdict: Verdict
    line: int
    says: str
    stops: bool = False
    edits: tuple[Edit, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A script, judged: the findings in the order of its lines, and the mended text."""

    script: Script
    findings: Sequence[Finding]
    mended: str
    starts: int
    counts: dict[Verdict, int] = field(default_factory=dict)

    @property
    def faultless(self) -> bool:
        return not any(finding.verdict != "right" for finding in self.findings)
