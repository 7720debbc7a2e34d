"""What a check of the doctor is, and what it comes to. Counterpart: `checks/`, a file for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dragoman.doctor.seen import Seen

Level = Literal["wrong", "note"]
"""Whether something does not work, or could be better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, why, the exact mend, and how our gateway works around it.

    `worked_around`: a gateway of ours stands in between, so that the user does not feel it.
    """

    what: str
    why: str
    mend: str
    gateway: str = ""
    level: Level = "wrong"
    place: str = ""
    """Where it was seen: a URL, a file, a variable."""
    check: str = ""
    worked_around: bool = False

    @property
    def matters(self) -> bool:
        """Whether the exit status says it."""
        return self.level == "wrong" and not self.worked_around


@dataclass(frozen=True, slots=True)
class Check:
    """`title` says what it finds; `judge` is pure and finds nothing where it cannot know."""

    title: str
    judge: Callable[[Seen], list[Finding]]
