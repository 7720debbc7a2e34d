"""How weights are stored: every form of config, and every word of users."""

from typing import Any

import pytest

from dragoman.planning.fields import UnknownConfig
from dragoman.planning.parts import Parts
from dragoman.planning.quantization import AWQ, BF16, FP8_BLOCK, MXFP4, NVFP4, Scheme, named, read

CONFIGS: dict[str, tuple[dict[str, Any], str, float]] = {
    "nothing said": ({}, "bf16", 2.0),
    "block FP8": ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8-block", 1.0),
    "FP8 per tensor": ({"quant_method": "fp8"}, "fp8", 1.0),
    "AWQ": ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq-int4", 0.5195),
    "GPTQ in eight bits": ({"quant_method": "gptq", "bits": 8, "group_size": 32}, "gptq-int8", 1.078),
    "AutoRound": ({"quant_method": "auto-round", "bits": 4, "group_size": 128}, "gptq-int4", 0.5195),
    "NVFP4": ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4", 0.5625),
    "ModelOpt FP8": ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8", 1.0),
    "mxfp4": ({"quant_method": "mxfp4"}, "mxfp4", 0.53125),
    "compressed NVFP4": (
        {
            "quant_method": "compressed-tensors",
            "config_groups": {"g": {"weights": {"num_bits": 4, "type": "float", "group_size": 16}}},
        },
        "nvfp4",
        0.5625,
    ),
    "compressed integers": (
        {
            "quant_method": "compressed-tensors",
            "config_groups": {"g": {"weights": {"num_bits": 4, "type": "int", "group_size": 32}}},
        },
        "int4",
        0.5625,
    ),
    "compressed FP8": (
        {
            "quant_method": "compressed-tensors",
            "config_groups": {"g": {"weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}},
        },
        "fp8",
        1.0,
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_says_how_weights_are_stored(name: str) -> None:
    section, wanted, each = CONFIGS[name]
    scheme = read({"quantization_config": section} if section else {}, layers=4)
    assert scheme.name == wanted
    assert scheme.bytes == pytest.approx(each, abs=0.001)


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"quant_method": "magic"}, "magic"),
        ({"quant_method": "modelopt", "quant_algo": "W2"}, "W2"),
        ({"quant_method": "compressed-tensors"}, "names no weights"),
    ],
)
def test_an_unknown_method_is_said(section: dict[str, Any], why: str) -> None:
    with pytest.raises(UnknownConfig, match=why):
        read({"quantization_config": section}, layers=4)


WORDS = {
    "bf16": "bf16",
    "fp16": "bf16",
    "fp8": "fp8",
    "fp8-block": "fp8-block",
    "fp8-block (Marlin w8a16)": "fp8-block",
    "fp8 online block": "fp8-online-block",
    "fp8-online": "fp8-online",
    "w8a16": "fp8",
    "awq-int4": "awq-int4",
    "awq_marlin": "awq-int4",
    "gptq-int4": "gptq-int4",
    "int4": "awq-int4",
    "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
}


@pytest.mark.parametrize("word", WORDS)
def test_a_users_word(word: str) -> None:
    assert named(word).name == WORDS[word]


def test_an_unknown_word_is_said_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="it knows bf16, fp8"):
        named("quux")


PARTS = Parts(attention=10, linear=10, experts=100, embedding=4, head=4)


def test_embeddings_and_what_is_left_out_stay_in_sixteen_bits() -> None:
    assert FP8_BLOCK.of_parts(PARTS).total == pytest.approx(120 + 16, abs=0.1)
    section = {
        "quant_method": "fp8",
        "modules_to_not_convert": ["lm_head", "*self_attn*", "model.layers.0.mlp.gate"],
    }
    scheme = read({"quantization_config": section}, layers=4)
    assert scheme.of_parts(PARTS).attention == 20
    assert scheme.of_parts(PARTS).experts == 100


def test_modules_left_out_layer_by_layer() -> None:
    every = {
        "quant_method": "awq",
        "modules_to_not_convert": [f"model.layers.{i}.self_attn" for i in range(4)],
    }
    assert read({"quantization_config": every}, layers=4).of_parts(PARTS).attention == 20
    one = {"quant_method": "fp8", "modules_to_not_convert": ["model.layers.0.self_attn.q_proj"]}
    assert read({"quantization_config": one}, layers=10).of_parts(PARTS).attention == pytest.approx(11)


@pytest.mark.parametrize(
    "section",
    [
        {"quant_method": "gptq", "bits": 4, "dynamic": {"-:.*self_attn.*": {}, "+:.*mlp.*": {"bits": 4}}},
        {"quant_method": "auto-round", "bits": 4, "extra_config": {".*self_attn.*": {"bits": 16}}},
        {
            "quant_method": "compressed-tensors",
            "ignore": ["re:.*self_attn.*", "re:.*mlp.gate$"],
            **{"config_groups": {"g": {"weights": {"num_bits": 4, "type": "int", "group_size": 128}}}},
        },
    ],
)
def test_every_way_of_leaving_modules_out(section: dict[str, Any]) -> None:
    parts = read({"quantization_config": section}, layers=4).of_parts(PARTS)
    assert parts.attention == 20 and parts.experts < 60


def test_mixtures_of_precisions() -> None:
    listed = {
        "model.layers.0.self_attn.q_proj": {"quant_algo": "FP8"},
        "model.layers.0.mlp.experts": {"quant_algo": "NVFP4"},
    }
    section = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": listed}
    scheme = read({"quantization_config": section}, layers=1)
    parts = scheme.of_parts(PARTS)
    assert (scheme.name, parts.attention, parts.linear) == ("nvfp4", 10, 20)
    assert parts.experts == pytest.approx(56.25)


def test_experts_in_four_bits_beside_eight() -> None:
    scheme = read({"expert_dtype": "fp4", "quantization_config": {"quant_method": "fp8"}}, layers=1)
    assert scheme.of_parts(PARTS).experts == pytest.approx(100 * MXFP4.bytes)
    assert scheme.of_parts(PARTS).attention == 10


def test_only_the_experts_of_an_mxfp4_checkpoint_are_small() -> None:
    scheme = read({"quantization_config": {"quant_method": "mxfp4"}}, layers=1)
    assert scheme.of_parts(PARTS).attention == 20


def test_hybrid_models_in_four_bits_keep_their_attention() -> None:
    assert named("awq", hybrid=True).of_parts(PARTS).linear == 20
    assert named("fp8", hybrid=True).of_parts(PARTS).linear == 10


@pytest.mark.parametrize("scheme", [BF16, FP8_BLOCK, AWQ, NVFP4, MXFP4])
def test_a_scheme_is_never_larger_than_sixteen_bits(scheme: Scheme) -> None:
    assert 0.5 <= scheme.bytes <= 2
