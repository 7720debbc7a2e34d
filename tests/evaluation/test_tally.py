"""Verdicts counted."""

from dragoman.evaluation.cases import Case
from dragoman.evaluation.score import Verdict
from dragoman.evaluation.tally import Tally, by_kind


def test_counts_are_by_kind_and_over_all() -> None:
    cases = [Case(str(n), kind, [], [], ()) for n, kind in enumerate(("one", "two", "one"))]
    verdicts = [Verdict(1, 1, True), Verdict(refused="400: no"), Verdict(2, 1)]
    assert by_kind(cases, verdicts) == {
        "one": Tally(2, 1, 3, 2, 0),
        "two": Tally(1, 0, 0, 0, 1),
        "all": Tally(3, 1, 3, 2, 1),
    }
