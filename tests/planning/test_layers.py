"""Kinds of layers, from every way in which configs say them."""

from typing import Any

import pytest

from dragoman.planning.fields import UnknownConfig
from dragoman.planning.layers import Kinds, counts, linear_of

CASES: dict[str, tuple[dict[str, Any], Kinds]] = {
    "nothing said: all full": ({}, Kinds(12)),
    "a list of types": (
        {"layer_types": ["sliding_attention", "full_attention"] * 6, "sliding_window": 128},
        Kinds(6, 6, window=128),
    ),
    "a list that is longer than the model": ({"layer_types": ["full_attention"] * 36}, Kinds(12)),
    "linear layers in a list": (
        {"layer_types": [*["linear_attention"] * 3, "full_attention"] * 3},
        Kinds(3, linear=9),
    ),
    "linear layers by an interval": ({"full_attention_interval": 4}, Kinds(3, linear=9)),
    "linear layers by naming the full ones": (
        {"linear_attn_config": {"full_attn_layers": [4, 8, 12]}},
        Kinds(3, linear=9),
    ),
    "a window that is switched off": ({"sliding_window": 4096, "use_sliding_window": False}, Kinds(12)),
    "a window for all": ({"sliding_window": 4096}, Kinds(0, 12, window=4096)),
    "one full layer after five": (
        {"sliding_window": 1024, "sliding_window_pattern": 6},
        Kinds(2, 10, window=1024),
    ),
    "windows that begin after the last layer": ({"sliding_window": 1024, "max_window_layers": 28}, Kinds(12)),
    "windows that begin in the middle": (
        {"sliding_window": 1024, "max_window_layers": 4},
        Kinds(4, 8, window=1024),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_kinds(name: str) -> None:
    config, wanted = CASES[name]
    assert counts(config, 12) == wanted


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"layer_types": ["full_attention", "teleport"]}, "teleport"),
        ({"layer_types": ["sliding_attention"]}, "no sliding_window"),
        ({"hybrid_override_pattern": "M-M*"}, "state-space"),
    ],
)
def test_unknown_kinds_are_said(config: dict[str, Any], why: str) -> None:
    with pytest.raises(UnknownConfig, match=why):
        counts(config, 12)


def test_the_sizes_of_linear_layers_must_be_there() -> None:
    assert linear_of({}, 0) is None
    with pytest.raises(UnknownConfig, match="linear_num_key_heads"):
        linear_of({}, 3)
    found = linear_of({"linear_attn_config": {"num_heads": 32, "head_dim": 128}}, 9)
    assert found and (found.key_heads, found.value_dim, found.kernel) == (32, 128, 4)
