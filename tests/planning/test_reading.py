"""Configs of real models, and what is said of those that cannot be read."""

from typing import Any

import pytest

from dragoman.planning.fields import UnknownConfig
from dragoman.planning.reading import read
from tests.planning.models import COMPRESSED, DENSE, HYBRID, LATENT, QWEN_235B, WINDOWED


def test_a_mixture() -> None:
    arch = read(QWEN_235B)
    assert arch.experts and (arch.experts.count, arch.experts.active, arch.experts.layers) == (128, 8, 94)
    assert (arch.full, arch.dense_layers, arch.context, arch.attention) == (94, 0, 262144, "GQA")


def test_a_nested_config_with_linear_attention_and_an_encoder() -> None:
    arch = read(HYBRID)
    assert (arch.full, arch.linear and arch.linear.layers) == (10, 30)
    assert arch.gated and arch.vision and arch.vision.layers == 27
    assert arch.attention == "hybrid: 10 of 40 layers GQA, the others linear"


def test_latent_attention_and_dense_layers_before_the_experts() -> None:
    arch = read(LATENT)
    assert arch.latent and arch.latent.width == 576
    assert (arch.experts and arch.experts.layers, arch.dense_layers, arch.mtp_layers) == (58, 3, 1)
    assert arch.experts and arch.experts.shared == 2048
    sparse = read({**LATENT, "index_n_heads": 64, "index_head_dim": 128})
    assert sparse.attention == "MLA with a sparse indexer"


def test_windows_and_compression() -> None:
    assert (read(WINDOWED).full, read(WINDOWED).sliding, read(WINDOWED).window) == (18, 18, 128)
    compressed = read(COMPRESSED)
    assert (compressed.compression.count(4), compressed.compression.count(128)) == (21, 20)
    assert compressed.attention == "compressed hybrid"


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}


def test_a_stretched_context_counts() -> None:
    assert read({**DENSE, "max_position_embeddings": 40960, "rope_scaling": YARN}).context == 131072
    already = {**YARN, "original_max_position_embeddings": 4096}
    assert read({**DENSE, "max_position_embeddings": 163840, "rope_scaling": already}).context == 163840


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({}, "no num_hidden_layers"),
    "nested under an unknown name": ({"speech_config": DENSE}, "no num_hidden_layers"),
    "no vocabulary": ({**DENSE, "vocab_size": None}, "lacks vocab_size"),
    "no context": ({**DENSE, "max_position_embeddings": None}, "lacks max_position_embeddings"),
    "no inner size": ({**DENSE, "intermediate_size": None}, "lacks intermediate_size"),
    "a size that is text": ({**DENSE, "hidden_size": "1024"}, "where a number is expected"),
    "half of latent attention": ({**DENSE, "kv_lora_rank": 512}, "lacks qk_rope_head_dim"),
    "experts without a number per token": ({**DENSE, "num_experts": 8}, "lacks num_experts_per_tok"),
    "unknown ratios": ({**COMPRESSED, "compress_ratios": [7] * 44}, "compress_ratios"),
    "lightning attention": ({**DENSE, "attn_type_list": [0, 1, 0, 1]}, "attn_type_list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_said(name: str) -> None:
    config, why = BROKEN[name]
    with pytest.raises(UnknownConfig, match=why):
        read(config)
