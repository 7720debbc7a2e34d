"""Verdicts counted: by kind of case, and over all."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from dragoman.evaluation.cases import Case
from dragoman.evaluation.score import Verdict


class Tally(Struct, frozen=True):
    """Of so many `cases`: answered exactly, refused; and of the `calls` that came, the valid ones."""

    cases: int = 0
    exact: int = 0
    calls: int = 0
    valid: int = 0
    refused: int = 0


def tally(verdicts: Iterable[Verdict]) -> Tally:
    listed = list(verdicts)
    return Tally(
        len(listed),
        sum(verdict.exact for verdict in listed),
        sum(verdict.calls for verdict in listed),
        sum(verdict.valid for verdict in listed),
        sum(bool(verdict.refused) for verdict in listed),
    )


def by_kind(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> dict[str, Tally]:
    """A tally for each kind of case, in the order in which they come, and of all under `all`."""
    kinds: dict[str, list[Verdict]] = {}
    for case, verdict in zip(cases, verdicts, strict=True):
        kinds.setdefault(case.kind, []).append(verdict)
    return {**{kind: tally(some) for kind, some in kinds.items()}, "all": tally(verdicts)}
