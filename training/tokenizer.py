"""The model's tokenizer: byte-level BPE in which a word has the same tokens wherever it stands.

Words, capitals, Han characters, pairs of digits and signs are cut apart before merging, so what follows a
space, a quote or a slash is written alike in a request and in a call: copying is token by token. Frequent
pieces of the tool sheet and of calls are single tokens. `python -m training.tokenizer OUT.json` trains it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from random import Random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from training.conversations import conversation
from training.values import HAN_COMMON, WORDS

PIECES = r"[a-z]+|[A-Z]|\p{Han}|\p{L}+|\p{N}{1,2}|\s|."
END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
# As with Qwen3, the marks of turns are special, those of calls and thoughts are not.
SPECIAL = (END_OF_TEXT, TURN_START, TURN_END)
PLAIN = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
NAME_OPENS, ARGUMENTS = '{"name": "', '", "arguments": '
# No piece holds both the end of a name and the start of the arguments: an engine that streams sends one tool
# call entry per piece of text, and clients read no second one.
FRAME = (
    NAME_OPENS,
    ARGUMENTS,
    '", "description": "',
    '", "parameters": {',
    '{"',
    '"}}',
    '": "',
    '", "',
    '": ',
    ', "',
    '"}',
)
FRAME += ("# Tools\n<tools>\n", "</tools>")
VOCABULARY = 3072
SEED = 99


def corpus(count: int) -> Iterator[str]:
    rng = Random(SEED)
    for _ in range(count):
        yield conversation(rng).text()
    for word in WORDS:
        yield f"{word} " * 3
    for character in HAN_COMMON:
        yield character * 40
    yield "".join(f"{number:02d} " for number in range(100)) * 300
    yield "user assistant system tool string integer number boolean array object " * 2000


def train(count: int = 12000) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    cut = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, to_bytes])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL) - len(PLAIN) - len(FRAME),
        min_frequency=2,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(corpus(count), trainer)
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in SPECIAL])
    tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in PLAIN + FRAME])
    return tokenizer


if __name__ == "__main__":
    train().save(sys.argv[1])
