"""What an engine told of its start, as a value."""

from dataclasses import replace

from dragoman.model.measured import Measured


def test_a_log_without_memory_is_no_measurement() -> None:
    assert not Measured()
    assert not Measured(version="0.32.0", read_s=3.0)
    assert Measured(kv_memory=0)
    assert Measured(weights=1)
    assert Measured(kv_tokens=1)


def test_what_is_neither_weights_nor_kv_cache_is_known_where_all_three_are() -> None:
    whole = Measured(requested=72, weights=55, kv_memory=13)
    assert whole.overhead == 4
    assert replace(whole, requested=None).overhead is None
    assert replace(whole, weights=None).overhead is None
    assert replace(whole, kv_memory=None).overhead is None
