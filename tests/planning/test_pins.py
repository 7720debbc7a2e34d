"""What the user pinned."""

import pytest

from dragoman.planning.pins import Pins


def test_a_layout_or_a_form_makes_the_plan_a_judgement() -> None:
    assert not Pins(max_model_len=1024, ep=True).judged
    assert Pins(tp=4).layout and Pins(tp=4).judged
    assert Pins(quant="fp8").judged and not Pins(quant="fp8").layout


def test_the_version_is_numbers_or_nothing() -> None:
    assert Pins().version is None
    assert Pins(engine_version="0.11.0").version == (0, 11, 0)
    with pytest.raises(ValueError, match="no version"):
        _ = Pins(engine_version="new").version
