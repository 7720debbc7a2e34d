"""Write a checkpoint of the training as a folder that engines serve: Hugging Face's layout, bfloat16.

    python -m training.export RUN OUT

Checks on the way that transformers' Qwen3MoeForCausalLM computes what the training's network does. Needs
transformers besides what training needs.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

from training.conversations import conversation
from training.model import Model, Shape
from training.tokenizer import END_OF_TEXT, TURN_END

log = logging.getLogger("training")

# Far beyond what it was trained on (about 5,000): clients with long system texts shall get an answer.
POSITIONS = 262144
AGREES = 1e-3
LAYER_NAMES = {
    "q": "self_attn.q_proj.weight",
    "k": "self_attn.k_proj.weight",
    "v": "self_attn.v_proj.weight",
    "o": "self_attn.o_proj.weight",
    "q_norm": "self_attn.q_norm.weight",
    "k_norm": "self_attn.k_norm.weight",
    "norm_attention": "input_layernorm.weight",
    "norm_experts": "post_attention_layernorm.weight",
    "router": "mlp.gate.weight",
}


def load(path: Path) -> tuple[Model, dict[str, int]]:
    """The network of a checkpoint, and how far it was trained."""
    kept = torch.load(path, weights_only=True)
    model = Model(Shape(**kept["shape"]))
    model.load_state_dict(kept["model"])
    return model.eval(), {name: kept[name] for name in ("step", "tokens", "seed")}


def configuration(shape: Shape, end: int, pad: int) -> Qwen3MoeConfig:
    return Qwen3MoeConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.expert * 2,
        moe_intermediate_size=shape.expert,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.head,
        num_experts=shape.experts,
        num_experts_per_tok=shape.chosen,
        decoder_sparse_step=1,
        norm_topk_prob=True,
        mlp_only_layers=[],
        max_position_embeddings=POSITIONS,
        rope_theta=shape.theta,
        rms_norm_eps=shape.epsilon,
        tie_word_embeddings=True,
        bos_token_id=pad,
        eos_token_id=end,
        pad_token_id=pad,
    )


def weights(model: Model, names: set[str]) -> dict[str, Tensor]:
    """Under transformers' names; `names` tells which of its two ways to keep experts it uses."""
    shape = model.shape
    made = {
        "model.embed_tokens.weight": model.embedding,
        "lm_head.weight": model.embedding,
        "model.norm.weight": model.norm,
    }
    for index, block in enumerate(model.blocks):
        layer = f"model.layers.{index}."
        for own, name in LAYER_NAMES.items():
            made[layer + name] = getattr(block, own)
        gate, up = (w.view(shape.experts, shape.expert, shape.hidden) for w in (block.gate, block.up))
        down = block.down.view(shape.hidden, shape.experts, shape.expert).permute(1, 0, 2)
        if layer + "mlp.experts.gate_up_proj" in names:
            made[layer + "mlp.experts.gate_up_proj"] = torch.cat((gate, up), 1)
            made[layer + "mlp.experts.down_proj"] = down
            continue
        for expert in range(shape.experts):
            for name, matrix in (("gate", gate), ("up", up), ("down", down)):
                made[f"{layer}mlp.experts.{expert}.{name}_proj.weight"] = matrix[expert]
    return {name: tensor.detach().clone().contiguous() for name, tensor in made.items()}


@torch.no_grad()
def difference(model: Model, exported: Qwen3MoeForCausalLM, tokenizer: Tokenizer) -> float:
    """The largest difference of logits over a conversation."""
    ids = torch.tensor([tokenizer.encode(conversation(Random(4)).text()).ids[:300]])
    own = model.logits(model.hidden(ids, torch.arange(ids.shape[1])[None]))
    return float((exported(ids).logits - own).abs().max())


def export(run: Path, out: Path) -> None:
    model, state = load(run / "checkpoint.pt")
    tokenizer = Tokenizer.from_file(str(run / "tokenizer.json"))
    end, pad = tokenizer.token_to_id(TURN_END), tokenizer.token_to_id(END_OF_TEXT)
    exported = Qwen3MoeForCausalLM(configuration(model.shape, end, pad))
    exported.load_state_dict(weights(model, set(exported.state_dict())))
    if (found := difference(model, exported.eval(), tokenizer)) > AGREES:
        raise SystemExit(f"The exported network differs from the trained one by {found}.")
    exported = exported.to(torch.bfloat16)
    # Engines take these as the defaults of every request: always the most likely token.
    generation = exported.generation_config
    generation.eos_token_id, generation.pad_token_id = [end, pad], pad
    generation.do_sample, generation.temperature, generation.top_p, generation.top_k = True, 0.01, 0.8, 1
    out.mkdir(parents=True, exist_ok=True)
    exported.save_pretrained(out)
    # It is written for its owner alone.
    (out / "model.safetensors").chmod(0o644)
    shutil.copyfile(run / "tokenizer.json", out / "tokenizer.json")
    shutil.copyfile(Path(__file__).with_name("chat_template.jinja"), out / "chat_template.jinja")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": TURN_END,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": POSITIONS,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    log.info(
        "%s: %s, logits differ by %.1e, %d bytes",
        out,
        state,
        found,
        sum(f.stat().st_size for f in out.iterdir()),
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Export a checkpoint in Hugging Face's layout.")
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    export(arguments.run, arguments.out)


if __name__ == "__main__":
    main()
