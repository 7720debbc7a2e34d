"""What is not known of a GPU says so."""

from dragoman.model.hardware import Gpu, Machine


def test_a_card_that_was_only_named_claims_nothing() -> None:
    gpu = Gpu("H20", 96 << 30)
    assert (gpu.free, gpu.capability) == (None, None)
    assert Machine((gpu,)).linked is None
