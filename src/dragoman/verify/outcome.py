"""What a check can come to, and what is kept of it.

passed      it is so
failed      it is not so; the mend says what to do
lacking     the endpoint does not have it
unproved    beyond this model's skill: says nothing against the chain, and nothing for it
skipped     it was not tried; the detail says why
"""

from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    LACKING = "lacking"
    UNPROVED = "not proved by this model"
    SKIPPED = "skipped"


class Latency(Struct, frozen=True):
    """One streamed answer as it came: seconds, and the time between its pieces."""

    head: float
    """Until the head of the answer."""
    first: float
    """Until the first piece of content."""
    gaps: list[float]
    tokens: int | None = None

    @property
    def span(self) -> float:
        return sum(self.gaps)


class Seen(Struct, frozen=True):
    """What a check that passed has to tell."""

    detail: str
    latency: Latency | None = None


class Result(Struct, frozen=True):
    """One check of one protocol; `protocol` is empty where the check has none."""

    check: str
    protocol: str
    outcome: Outcome
    detail: str
    mend: str = ""
    seconds: float = 0.0
    latency: Latency | None = None


class NotPassed(Exception):
    """How a check ends that did not pass; the words say what was seen. `mend`: a better one than the
    check's own."""

    outcome = Outcome.FAILED

    def __init__(self, seen: str, mend: str = "") -> None:
        super().__init__(seen)
        self.mend = mend


class Failed(NotPassed):
    """It is not as it must be."""


class Lacking(NotPassed):
    """The endpoint does not have it."""

    outcome = Outcome.LACKING


class Untried(NotPassed):
    """There was no time to try it to its end."""

    outcome = Outcome.SKIPPED


class Unproved(NotPassed):
    """The model did not do what the check needs of it."""

    outcome = Outcome.UNPROVED
