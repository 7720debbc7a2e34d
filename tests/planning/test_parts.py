"""Parameters computed from shapes, against the totals that the models' makers publish; names of tensors."""

from typing import Any

import pytest

from dragoman import folder
from dragoman.model.checkpoint import Tensor
from dragoman.planning.parts import layer_of, measured, parameters, part_of_module
from dragoman.planning.reading import read

PUBLISHED = {
    "Qwen3-235B-A22B": 235.1,
    "Qwen3-Coder-480B-A35B-Instruct": 480.2,
    "Qwen3-30B-A3B": 30.5,
    "Qwen3-Next-80B-A3B-Instruct": 79.7,
    "Qwen3.5-397B-A17B": 397,
    "Qwen3.5-27B": 27.4,
    "DeepSeek-V3": 671,
    "DeepSeek-V4-Flash": 284,
    "Kimi-K2-Instruct": 1026,
    "MiniMax-M2": 228.7,
    "gpt-oss-120b": 116.8,
    "gpt-oss-20b": 20.9,
    "Llama-3.3-70B-Instruct": 70.6,
    "Llama-3.1-405B-Instruct": 405.9,
    "Qwen3-32B": 32.8,
    "Devstral-Small-2507": 23.6,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shape_comes_to_the_published_number_of_parameters(name: str) -> None:
    config = next(model.config for model in folder.models() if model.name == name)
    assert parameters(read(config)).total / 1e9 == pytest.approx(PUBLISHED[name], rel=0.005)


MODULES = {
    "model.layers.3.self_attn.q_proj.weight": "attention",
    "model.layers.3.linear_attn.in_proj_qkvz.weight": "linear",
    "model.layers.3.mlp.experts.7.gate_proj.weight": "experts",
    "model.layers.3.mlp.shared_expert.up_proj.weight": "shared",
    "model.layers.3.mlp.shared_experts.up_proj.weight": "shared",
    "model.layers.3.mlp.gate.weight": "router",
    "model.layers.3.mlp.down_proj.weight": "dense",
    "model.embed_tokens.weight": "embedding",
    "lm_head.weight": "head",
    "model.visual.blocks.0.attn.qkv.weight": "vision",
    "mtp.layers.0.self_attn.q_proj.weight": "mtp",
}


@pytest.mark.parametrize("name", MODULES)
def test_a_tensor_belongs_to_a_part(name: str) -> None:
    assert part_of_module(name) == MODULES[name]


def test_headers_are_summed_and_layers_beyond_the_last_are_speculation() -> None:
    def tensor(size: int) -> Tensor:
        return Tensor("BF16", (size // 2,), size)

    tensors: dict[str, Any] = {
        "model.layers.0.self_attn.o_proj.weight": tensor(10),
        "model.layers.1.self_attn.o_proj.weight": tensor(20),
        "model.layers.2.self_attn.o_proj.weight": tensor(400),
        "lm_head.weight": tensor(6),
    }
    parts = measured(tensors, layers=2)
    assert (parts.attention, parts.mtp, parts.head, parts.total) == (30, 400, 6, 36)


def test_matrices_in_thirty_two_bits_are_loaded_in_sixteen_and_encoders_may_be_deeper() -> None:
    wide = Tensor("F32", (1024, 1024), 4 << 20)
    scale = Tensor("F32", (32, 32), 4096)
    encoder = Tensor("BF16", (8, 8), 128)
    tensors = {
        "model.layers.0.mlp.up_proj.weight": wide,
        "model.layers.0.mlp.up_proj.weight_scale_inv": scale,
        "model.visual.blocks.30.attn.qkv.weight": encoder,
    }
    parts = measured(tensors, layers=2)
    assert (parts.dense, parts.vision, parts.mtp) == ((2 << 20) + 4096, 128, 0)


def test_a_layer_is_found_in_patterns_too() -> None:
    assert layer_of("model.layers.12.mlp") == 12
    assert layer_of(r"re:model\.layers\.7\..*") == 7
    assert layer_of("lm_head") is None
