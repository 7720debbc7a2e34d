"""Tokens in a pool: figures that vLLM printed, and what follows from the layout of its blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.deployment import Layout
from dragoman.planning.cache import Batch, Group, Pool, pool, token_bytes
from dragoman.planning.reading import read
from tests.planning.models import COMPRESSED, DENSE, HYBRID, LATENT, QWEN_235B, WINDOWED

GIB = 1 << 30
BATCH = Batch(8192)


@pytest.mark.parametrize(
    ("config", "layout", "kv_dtype", "wanted"),
    [
        (QWEN_235B, Layout(), "", 192_512),
        (QWEN_235B, Layout(4), "", 48_128),
        (QWEN_235B, Layout(8), "", 48_128),
        (QWEN_235B, Layout(4), "fp8", 24_064),
        (QWEN_235B, Layout(8, decode_context=2), "", 24_064),
        (QWEN_235B, Layout(4, 2), "", 24_064),
        (LATENT, Layout(8), "", 70_272),
        (WINDOWED, Layout(4), "", 9_216),
        (HYBRID, Layout(), "fp8", 10_240),
    ],
)
def test_bytes_of_one_more_token(
    config: dict[str, object], layout: Layout, kv_dtype: str, wanted: int
) -> None:
    found = token_bytes(read(config), layout, Batch(8192, kv_dtype))
    assert found == pytest.approx(wanted, rel=0.002)


def test_a_hybrid_cache_is_what_vllm_printed() -> None:
    """5.98 GiB, 567,978 tokens, 4.33 requests of 131,072 (vLLM 0.24, FP8 cache)."""
    made = pool(read(HYBRID), Layout(), Batch(8192, "fp8", (0, 24, 0)))
    assert made.tokens(5.98 * GIB, 131_072) == pytest.approx(567_978, abs=1)


def test_a_plain_cache_is_whole_blocks() -> None:
    made = pool(read(QWEN_235B), Layout(4), BATCH)
    assert made.blocks(10 * GIB) * 16 == made.longest(10 * GIB, 1 << 30) == made.tokens(10 * GIB, 16)


def test_windows_stop_growing() -> None:
    made = pool(read(WINDOWED), Layout(), Batch(1024, "", (0, 10, 0)))
    assert made.request(131_072) - made.request(65_536) == 65_536 // 16
    assert made.request(16) < made.request(131_072)


def test_a_window_in_every_layer_bounds_a_request() -> None:
    made = pool(read({**DENSE, "sliding_window": 64}), Layout(), Batch(128, "", (0, 10, 0)))
    assert made.request(8192) == made.request(4096)


def test_compressed_attention_costs_mostly_per_request() -> None:
    """One machine prints other tokens per GiB at other windows; half of a short window's cost is fixed."""
    made = pool(read(COMPRESSED), Layout(2), Batch(8192))
    short, long = made.tokens(24 * GIB, 50_000), made.tokens(24 * GIB, 500_000)
    assert long > 5 * short
    assert made.bytes_at(1 << 20) < 10 * made.bytes_at(1 << 17)


def test_the_longest_request_fits_and_one_more_token_does_not() -> None:
    made = Pool(100, (Group(16), Group(0, 2), Group(8, 5)))
    for memory in (0, 100, 899, 900, 5000, 123_456):
        longest = made.longest(memory, 1 << 20)
        if longest:
            assert made.request(longest) <= made.blocks(memory)
        assert made.request(longest + 1) > made.blocks(memory)


@given(
    st.sampled_from([QWEN_235B, HYBRID, LATENT, WINDOWED, COMPRESSED, DENSE]),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(1, 200),
    st.integers(0, 50),
    st.integers(1024, 1 << 20),
)
def test_more_memory_never_holds_less(
    config: dict[str, object], tensor: int, gib: int, more: int, length: int
) -> None:
    made = pool(read(config), Layout(tensor), BATCH)
    assert made.tokens(gib * GIB, length) <= made.tokens((gib + more) * GIB, length)
    assert made.longest(gib * GIB, length) <= made.longest((gib + more) * GIB, length) <= length
