"""The tiny checkpoint as GGUF, for llama.cpp: `python to_gguf.py CHECKPOINT OUT`.

Run by the Python of an environment that has `gguf` and numpy; see `tests/llama_cpp.py`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from struct import unpack
from typing import Any

import gguf  # type: ignore[import-not-found,unused-ignore]
import numpy as np  # type: ignore[import-not-found,unused-ignore]

TOP = {"lm_head": "output", "model.embed_tokens": "token_embd", "model.norm": "output_norm"}
LAYER = {
    "input_layernorm": "attn_norm",
    "mlp.gate": "ffn_gate_inp",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.k_proj": "attn_k",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.v_proj": "attn_v",
}
EXPERTS = {"down_proj": "ffn_down_exps", "gate_proj": "ffn_gate_exps", "up_proj": "ffn_up_exps"}


def tensors(path: Path) -> Iterator[tuple[str, Any]]:
    """Names and values of a file of safetensors that are all bfloat16."""
    content = path.read_bytes()
    begin = 8 + unpack("<Q", content[:8])[0]
    for name, found in json.loads(content[8:begin]).items():
        if name != "__metadata__":
            assert found["dtype"] == "BF16"
            start, end = (begin + offset for offset in found["data_offsets"])
            wide = np.frombuffer(content[start:end], np.uint16).astype(np.uint32) << 16
            yield name.removesuffix(".weight"), wide.view(np.float32).reshape(found["shape"])


def describe(made: Any, config: dict[str, Any]) -> None:
    made.add_name("tiny")
    made.add_context_length(config["max_position_embeddings"])
    made.add_embedding_length(config["hidden_size"])
    made.add_block_count(config["num_hidden_layers"])
    made.add_feed_forward_length(config["intermediate_size"])
    made.add_expert_feed_forward_length(config["moe_intermediate_size"])
    made.add_expert_count(config["num_local_experts"])
    made.add_expert_used_count(config["num_experts_per_tok"])
    made.add_head_count(config["num_attention_heads"])
    made.add_head_count_kv(config["num_key_value_heads"])
    made.add_key_length(config["head_dim"])
    made.add_value_length(config["head_dim"])
    made.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    made.add_layer_norm_rms_eps(config["rms_norm_eps"])


def add_tokenizer(made: Any, tokenizer: dict[str, Any], config: dict[str, Any]) -> None:
    words = {id: token for token, id in tokenizer["model"]["vocab"].items()}
    kinds = dict.fromkeys(words, gguf.TokenType.NORMAL)
    for token in tokenizer["added_tokens"]:
        words[token["id"]] = token["content"]
        kinds[token["id"]] = gguf.TokenType.CONTROL if token["special"] else gguf.TokenType.USER_DEFINED
    ids = range(config["vocab_size"])
    made.add_tokenizer_model("gpt2")
    made.add_tokenizer_pre("qwen2")
    made.add_token_list([words.get(id, f"[unused {id}]") for id in ids])
    made.add_token_types([kinds.get(id, gguf.TokenType.UNUSED) for id in ids])
    made.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    made.add_bos_token_id(config["bos_token_id"])
    made.add_eos_token_id(config["eos_token_id"])
    made.add_pad_token_id(config["pad_token_id"])
    made.add_add_bos_token(False)


def add_weights(made: Any, weights: Path) -> None:
    """As they are, but for the experts of a layer, which become one tensor each."""
    experts: dict[str, list[Any]] = {}
    for name, values in tensors(weights):
        if name in TOP:
            made.add_tensor(f"{TOP[name]}.weight", values)
            continue
        _model, _layers, layer, rest = name.split(".", 3)
        if rest.startswith("mlp.experts."):
            experts.setdefault(f"blk.{layer}.{EXPERTS[rest.rpartition('.')[2]]}.weight", []).append(values)
        else:
            made.add_tensor(f"blk.{layer}.{LAYER[rest]}.weight", values)
    for name, parts in experts.items():
        made.add_tensor(name, np.stack(parts))


def main(checkpoint: Path, out: Path) -> None:
    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    made = gguf.GGUFWriter(str(out), "qwen3moe")
    describe(made, config)
    add_tokenizer(made, json.loads((checkpoint / "tokenizer.json").read_text("utf-8")), config)
    made.add_chat_template((checkpoint / "chat_template.jinja").read_text("utf-8"))
    add_weights(made, checkpoint / "model.safetensors")
    made.write_header_to_file()
    made.write_kv_data_to_file()
    made.write_tensors_to_file()
    made.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
