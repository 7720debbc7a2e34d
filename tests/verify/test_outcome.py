"""Outcomes, and what is kept of a check."""

from dragoman.verify.outcome import Failed, Lacking, Latency, NotPassed, Outcome, Unproved


def test_each_ending_has_its_outcome() -> None:
    endings: list[NotPassed] = [Failed("a", "b"), Lacking("a"), Unproved("a")]
    outcomes = [Outcome.FAILED, Outcome.LACKING, Outcome.UNPROVED]
    assert [ending.outcome for ending in endings] == outcomes
    assert [ending.mend for ending in endings] == ["b", "", ""]


def test_a_stream_lasts_as_long_as_its_gaps() -> None:
    assert Latency(0.1, 0.2, [0.5, 0.25]).span == 0.75
