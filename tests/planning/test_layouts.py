"""Layouts that are worth judging."""

from dragoman.model.deployment import Layout
from dragoman.planning.layouts import candidates, pinned
from dragoman.planning.pins import Pins
from dragoman.planning.reading import read
from tests.planning.models import DENSE, HYBRID, LATENT, QWEN_235B, machine


def found(config: dict[str, object], count: int, pins: Pins | None = None, nodes: int = 1) -> set[str]:
    where = machine(count, 80, nodes=nodes)
    return {str(layout) for layout in candidates(read(config), where, pins or Pins())}


def test_what_is_pinned_is_taken_and_the_rest_is_the_engines_default() -> None:
    assert pinned(Pins(tp=4, ep=True)) == Layout(4, expert=True)
    assert pinned(Pins()) == Layout()


def test_a_dense_model() -> None:
    assert found(DENSE, 2) == {"TP1", "TP2", "TP1+PP2"}


def test_experts_whole_or_cut() -> None:
    assert {"TP4", "TP4+EP", "TP8+EP", "TP8+DCP2", "TP4+PP2"} <= found(QWEN_235B, 8)
    assert not any("EP" in name for name in found(QWEN_235B, 8, Pins(ep=False)))


def test_latent_attention_may_be_repeated_by_data_or_shared_out() -> None:
    assert {"TP1+DP8+EP", "TP8+DCP8"} <= found(LATENT, 8)


def test_states_are_never_shared_out() -> None:
    assert not any("DCP" in name for name in found(HYBRID, 8))


def test_tensor_parallelism_stays_within_a_machine() -> None:
    names = found(QWEN_235B, 4, nodes=2)
    assert "TP4+PP2" in names and not any(name.startswith("TP8") for name in names)
