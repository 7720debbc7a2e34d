"""What a config.json says of a model, as an `Architecture`.

`read` understands the layouts of Hugging Face configs that are named here, nested ones included, and raises
`UnknownConfig` for any other: a silent default would make a wrong plan look right.
"""

from collections.abc import Mapping

from dragoman.planning.architecture import Architecture, Experts, Latent, Vision
from dragoman.planning.fields import Config, UnknownConfig, number, optional
from dragoman.planning.layers import counts, linear_of

MOST_LAYERS = 4096
NESTED = ("text_config", "llm_config", "language_config", "thinker_config")


def read(config: Config) -> Architecture:
    """The model that a config.json describes. Raises UnknownConfig."""
    text = language(config)
    layers = number(text, "num_hidden_layers", "n_layer", "num_layers")
    if layers > MOST_LAYERS:
        raise UnknownConfig(f"the config has {layers} layers; plan does not believe that")
    hidden = number(text, "hidden_size", "n_embd", "d_model")
    heads = number(text, "num_attention_heads", "n_head")
    latent = _latent(text)
    compression = _compression(text, layers)
    kinds = counts(text, layers)
    head_dim = optional(text, "head_dim") or hidden // heads
    if not head_dim or not kinds.full + kinds.sliding:
        raise UnknownConfig("the config has no layers with a KV cache, or heads of no size")
    experts = _experts(text, layers)
    dense = layers - (experts.layers if experts else 0)
    return Architecture(
        name=_name(config),
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=optional(text, "num_key_value_heads", "n_head_kv") or heads,
        head_dim=head_dim,
        vocabulary=number(text, "vocab_size"),
        context=_context(text),
        full=kinds.full,
        sliding=kinds.sliding,
        window=kinds.window,
        dense_layers=dense,
        dense_intermediate=_dense_intermediate(text) if dense else 0,
        experts=experts,
        linear=linear_of(text, kinds.linear),
        latent=latent,
        compression=compression,
        query_rank=optional(text, "q_lora_rank") if compression else 0,
        output_groups=optional(text, "o_groups"),
        output_rank=optional(text, "o_lora_rank"),
        index_heads=optional(text, "index_n_heads"),
        index_dim=optional(text, "index_head_dim"),
        vision=_vision(config),
        gated=bool(text.get("attn_output_gate")) or text.get("model_type") == "qwen3_next",
        tied=bool(text.get("tie_word_embeddings", config.get("tie_word_embeddings", False))),
        mtp_layers=optional(text, "num_nextn_predict_layers", "mtp_num_hidden_layers"),
        dual_chunk="dual_chunk_attention_config" in text,
        dtype=str(text.get("torch_dtype") or text.get("dtype") or config.get("torch_dtype") or "bfloat16"),
    )


def language(config: Config) -> Config:
    """The part that describes the language model: nested in multi-modal configs."""
    if "num_hidden_layers" in config or "n_layer" in config:
        return config
    for name in NESTED:
        part = config.get(name)
        if isinstance(part, Mapping):
            return language(part)
    known = ", ".join(NESTED)
    raise UnknownConfig(
        f"this config has no num_hidden_layers, neither at its top nor under {known}; "
        "plan cannot read it: give the model's own config.json"
    )


def _name(config: Config) -> str:
    names = config.get("architectures")
    return str(names[0]) if isinstance(names, list) and names else str(config.get("model_type", "unknown"))


def _context(text: Config) -> int:
    own = number(text, "max_position_embeddings", "n_positions", "max_sequence_length", "model_max_length")
    scaling = text.get("rope_scaling") or text.get("rope_parameters")
    if not isinstance(scaling, Mapping):
        return own
    kind = scaling.get("rope_type", scaling.get("type"))
    original = scaling.get("original_max_position_embeddings")
    if kind == "yarn" and isinstance(original, int) and isinstance(scaling.get("factor"), int | float):
        return max(own, int(original * scaling["factor"]))
    return own


def _experts(text: Config, layers: int) -> Experts | None:
    count = optional(text, "num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts")
    if count <= 1:
        return None
    active = number(text, "num_experts_per_tok", "moe_topk", "num_experts_per_token", "moe_k")
    inner = number(text, "moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size")
    shared = optional(text, "shared_expert_intermediate_size")
    if not shared:
        # Llama 4 has one of the experts' own size and does not say so.
        own = 1 if "interleave_moe_layer_step" in text else 0
        names = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts")
        shared = inner * (optional(text, *names) or own)
    return Experts(count, active, inner, _expert_layers(text, layers), shared)


def _expert_layers(text: Config, layers: int) -> int:
    listed = text.get("moe_layers_enum") or text.get("moe_layers")
    if isinstance(listed, list) and listed:
        return len(listed)
    pattern = text.get("moe_layer_freq")
    if isinstance(pattern, list):
        return sum(1 for entry in pattern if entry)
    first = optional(text, "first_k_dense_replace", "num_dense_layers", "moe_layer_start_index")
    step = optional(text, "decoder_sparse_step", "interleave_moe_layer_step") or 1
    plain = text.get("mlp_only_layers")
    alone = set(plain) if isinstance(plain, list) and all(isinstance(i, int) for i in plain) else set()
    return sum(1 for i in range(first, layers) if (i + 1) % step == 0 and i not in alone)


def _dense_intermediate(text: Config) -> int:
    inner = text.get("intermediate_size_mlp") or text.get("intermediate_size")
    if isinstance(inner, list):
        inner = max(inner, default=0)
    if not isinstance(inner, int) or inner <= 0:
        raise UnknownConfig("the config lacks intermediate_size; plan guesses no sizes: complete the file")
    return inner


def _latent(text: Config) -> Latent | None:
    rank = optional(text, "kv_lora_rank")
    if not rank:
        return None
    rope = number(text, "qk_rope_head_dim")
    return Latent(
        width=rank + rope,
        query_rank=optional(text, "q_lora_rank"),
        key_rank=rank,
        rope=rope,
        no_rope=number(text, "qk_nope_head_dim"),
        value=number(text, "v_head_dim"),
        index_heads=optional(text, "index_n_heads"),
        index_dim=optional(text, "index_head_dim"),
    )


def _compression(text: Config, layers: int) -> tuple[int, ...]:
    ratios = text.get("compress_ratios")
    if not isinstance(ratios, list):
        return ()
    if len(ratios) < layers or any(ratio not in (0, 1, 4, 128) for ratio in ratios):
        raise UnknownConfig("compress_ratios in the config is not of the known form (0, 4 and 128)")
    return tuple(ratio if ratio > 1 else 0 for ratio in ratios[:layers])


def _vision(config: Config) -> Vision | None:
    part = config.get("vision_config")
    if not isinstance(part, Mapping):
        return None
    layers = optional(part, "depth", "num_hidden_layers", "vt_num_hidden_layers")
    hidden = optional(part, "hidden_size", "width", "vt_hidden_size")
    if not layers or not hidden:
        return None
    merged = optional(part, "spatial_merge_size") or 2
    return Vision(
        layers=layers,
        hidden=hidden,
        intermediate=optional(part, "intermediate_size", "vt_intermediate_size") or 4 * hidden,
        pixels=(optional(part, "patch_size") or 14) * merged,
    )
