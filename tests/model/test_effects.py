"""Effects are values, and the list of them is closed."""

from typing import get_args

from dragoman.model.effects import Call, Cancel, Done, Effect, Extract, Open, Outcome, Send, Wait
from dragoman.model.events import Usage


def test_the_effects_are_these() -> None:
    assert set(get_args(Effect)) == {Call, Cancel, Done, Extract, Open, Send, Wait}


def test_an_outcome_without_a_reply_counts_nothing() -> None:
    outcome = Outcome(404, "refused", error="no such model")
    assert outcome.usage == Usage()
    assert outcome.calls == 0
    assert outcome.first_token is None
