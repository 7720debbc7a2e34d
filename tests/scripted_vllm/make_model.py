"""Write a tiny Qwen3-MoE checkpoint: seeded random weights, a byte-level BPE tokenizer, a chat template.

Run by the engine's own Python, `python make_model.py OUT`, which has torch, transformers and tokenizers; no
network. The same Python and packages write the same bytes. The weights mean nothing: what the model says is
noise, unless `scripted.py` forces it.
"""

import argparse
import json
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM, logging

POSITIONS = 262144
VOCABULARY = 8192
CORPUS_BYTES_PER_FILE = 60_000

# A special token is left out of the answer's text by default. As with Qwen3, the marks of turns are special,
# and those of tool calls and thoughts are not, though each is a single token.
END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, TURN_START, TURN_END)
PLAIN = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")

# How Qwen's tokenizers cut text before merging: contractions, words, single digits, runs of signs, space.
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def corpus() -> Iterator[str]:
    """Text that every Python ships: its language reference as prose, and modules of its library."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [
        library / "pydoc_data" / "topics.py",
        *sorted(library.glob("*.py")),
        *sorted(library.glob("json/*.py")),
    ]
    for file in files[:150]:
        yield file.read_text(encoding="utf-8", errors="ignore")[:CORPUS_BYTES_PER_FILE]


def make_tokenizer() -> Tokenizer:
    """A byte-level BPE tokenizer: any text has tokens, those of characters it has not seen are bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    cut = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL) - len(PLAIN),
        min_frequency=2,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in SPECIAL])
    tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in PLAIN])
    return tokenizer


def make_model(vocabulary: int, end: int, pad: int) -> Qwen3MoeForCausalLM:
    """Random weights for the smallest shape that exercises every part of a Qwen3-MoE."""
    torch.manual_seed(0)
    config = Qwen3MoeConfig(
        vocab_size=(vocabulary + 63) // 64 * 64,
        hidden_size=64,
        intermediate_size=128,
        moe_intermediate_size=32,
        num_hidden_layers=2,
        # Long prompts cost attention, so there is little of it; vLLM's CPU code takes no smaller head.
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        num_experts=4,
        num_experts_per_tok=2,
        decoder_sparse_step=1,
        norm_topk_prob=True,
        max_position_embeddings=POSITIONS,
        rope_theta=5_000_000.0,
        tie_word_embeddings=False,
        bos_token_id=pad,
        eos_token_id=end,
        pad_token_id=pad,
    )
    model = Qwen3MoeForCausalLM(config).to(torch.bfloat16)
    # vLLM takes these as the defaults of every request.
    generation = model.generation_config
    generation.eos_token_id, generation.pad_token_id = [end, pad], pad
    generation.do_sample, generation.temperature, generation.top_p, generation.top_k = True, 0.7, 0.8, 20
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a tiny Qwen3-MoE checkpoint of random weights.")
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    logging.disable_progress_bar()
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    tokenizer.save(str(out / "tokenizer.json"))
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
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    template = Path(__file__).with_name("chat_template.jinja").read_text(encoding="utf-8")
    (out / "chat_template.jinja").write_text(template, encoding="utf-8")
    end, pad = tokenizer.token_to_id(TURN_END), tokenizer.token_to_id(END_OF_TEXT)
    model = make_model(tokenizer.get_vocab_size(), end, pad)
    model.save_pretrained(out)
    print(f"{tokenizer.get_vocab_size()} tokens, {sum(p.numel() for p in model.parameters())} parameters")


if __name__ == "__main__":
    main()
