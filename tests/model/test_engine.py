"""What is known of an engine begins as nothing."""

import typing

import msgspec

from dragoman.model.engine import EngineFacts, Mode, Way
from dragoman.settings import Upstream


def test_an_engine_of_which_nothing_is_known() -> None:
    facts = EngineFacts()
    assert facts.kind == "unknown"
    assert (facts.parses, facts.renders, facts.counts, facts.reasons) == (None, None, None, None)
    assert not facts.swallows
    assert facts.text_choice == "none"


def test_every_mode_can_be_set() -> None:
    (field,) = [field for field in msgspec.structs.fields(Upstream) if field.name == "tools"]
    assert set(typing.get_args(field.type)) == {"auto", *typing.get_args(Mode)}


def test_a_way_says_why() -> None:
    assert Way("raw", "because").reason == "because"
