"""One file per hub of models: `repository(name, revision, environment)` gives a checkpoint's source there.

Each speaks the hub's HTTP as its own client library does, asks for what was named and for nothing else, and
reads headers of weights by range requests, never weights.
"""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from dragoman.machine.assembly import Source
from dragoman.machine.ranges import Answer
from dragoman.machine.refusal import CheckpointError

FIRST = 1 << 17
"""Bytes of a weight file to ask for at first: most headers fit, and one request is faster than two."""


class Hub(Protocol):
    """What a module of this package holds."""

    TITLE: str

    def repository(self, name: str, revision: str, environment: Mapping[str, str]) -> Source:
        """A model by its id, at a branch, tag or commit ("" is the hub's own choice). Asks nothing yet."""
        ...


def said(answer: Answer, hub: str, what: str) -> CheckpointError:
    """Statuses that mean the same everywhere; `what` was asked for."""
    if answer.status == 429:
        later = answer.headers.get("Retry-After", "")
        when = f" in {later} s" if later.isdecimal() else " later"
        return CheckpointError(
            "unreachable",
            f"{hub} has had too many requests from this address. Try again{when}, or with a token.",
        )
    if answer.status >= 500:
        return CheckpointError("unreachable", f"{hub} fails (status {answer.status}). Try again later.")
    return CheckpointError("unusable", f"{hub} answers {what} with status {answer.status}.")


def part(answer: Answer, hub: str, what: str) -> bytes:
    """The bytes of a part of a file. Raises CheckpointError for any other status."""
    if answer.status in (200, 206):
        return answer.body
    if answer.status == 416:
        return b""
    raise said(answer, hub, what)


def path(text: str) -> str:
    """A name, a revision or a file as it stands in an address."""
    return quote(text, safe="/")
