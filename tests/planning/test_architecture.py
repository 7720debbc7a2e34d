"""A model's shape: the states of linear layers, and words for people."""

from dataclasses import replace

from dragoman.planning.architecture import Linear
from dragoman.planning.reading import read
from tests.planning.models import DENSE


def test_a_state_is_split_over_gpus_down_to_one_head() -> None:
    linear = Linear(layers=30, key_heads=16, value_heads=32, key_dim=128, value_dim=128, kernel=4)
    assert linear.channels == 8192
    alone = linear.state_bytes(1)
    assert alone == 3 * 8192 * 2 + 32 * 128 * 128 * 4
    assert linear.state_bytes(2) * 2 == alone
    assert linear.state_bytes(64) >= 128 * 128 * 4


def test_attention_in_words() -> None:
    arch = read(DENSE)
    assert arch.attention == "GQA"
    assert replace(arch, kv_heads=8).attention == "MHA"
    assert replace(arch, full=2, sliding=2, window=64).attention == "GQA, 2 of 4 layers with a window of 64"
