"""What a deployment says of itself."""

from dragoman.model.deployment import Deployment, Layout


def test_a_layout_is_named_as_people_do() -> None:
    assert str(Layout()) == "TP1"
    assert str(Layout(tensor=8, pipeline=2, decode_context=2, expert=True)) == "TP8+PP2+DCP2+EP"


def test_gpus_are_those_of_all_replicas() -> None:
    assert Layout(tensor=4, pipeline=2, data=2, decode_context=2).gpus == 16
    assert Deployment("m", "m", layout=Layout(tensor=4), replicas=2).gpus == 8
