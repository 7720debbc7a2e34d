"""From conversations to what a training step reads: tokens, positions, targets and their weights.

Only the assistant's turns are targets. Choosing weighs more than copying: the first tokens of a tool's name,
the start of a turn (call, question or refusal), and the names of missing arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.conversations import MISSING, Conversation
from training.tokenizer import ARGUMENTS, END_OF_TEXT, FRAME, NAME_OPENS, PLAIN, SPECIAL, TURN_END, TURN_START

Draw = Callable[[Random], Conversation]
NAME_WEIGHT, START_WEIGHT, MISSING_WEIGHT, VALUE_WEIGHT = 5.0, 3.0, 3.0, 1.5
COPY = "copy"
WIDTH = 32


@dataclass(frozen=True)
class Item:
    ids: np.ndarray
    # Start, end (behind the turn's end mark) and kind of each assistant turn.
    spans: list[tuple[int, int, str]]


@dataclass(frozen=True)
class Batch:
    ids: Tensor
    positions: Tensor
    # Places of the flattened batch whose next token is a target.
    places: Tensor
    targets: Tensor
    weights: Tensor
    # Start and end in `targets`, and kind, of each assistant turn.
    turns: list[tuple[int, int, str]]
    tokens: int


class Encoder:
    """Turns conversations into items."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.start, self.end, self.pad = (
            tokenizer.token_to_id(x) for x in (TURN_START, TURN_END, END_OF_TEXT)
        )
        self.name_opens, self.arguments = tokenizer.token_to_id(NAME_OPENS), tokenizer.token_to_id(ARGUMENTS)
        self.value_opens = tokenizer.token_to_id('": "')
        (self.assistant,) = tokenizer.encode("assistant").ids
        self.size = tokenizer.get_vocab_size()

    def items(self, conversations: list[Conversation], longest: int) -> list[Item]:
        made = []
        encodings = self.tokenizer.encode_batch([conversation.text() for conversation in conversations])
        for conversation, encoding in zip(conversations, encodings, strict=True):
            if len(encoding.ids) <= longest:
                ids = np.array(encoding.ids, np.int16)
                made.append(Item(ids, self._spans(ids, conversation.kinds)))
        return made

    def _spans(self, ids: np.ndarray, kinds: list[str]) -> list[tuple[int, int, str]]:
        starts = np.where((ids[:-1] == self.start) & (ids[1:] == self.assistant))[0]
        ends = np.where(ids == self.end)[0]
        behind = ends[np.searchsorted(ends, starts)] + 1
        return [(int(a) + 3, int(b), kind) for a, b, kind in zip(starts, behind, kinds, strict=True)]

    def copies(self, rng: Random, count: int) -> list[Item]:
        """Strings of random tokens, twice, with noise between: copying and nothing else."""
        last = self.size - len(SPECIAL) - len(PLAIN) - len(FRAME)
        made = []
        for _ in range(count):
            text, noise = ([rng.randrange(256, last) for _ in range(rng.randint(n, 60))] for n in (4, 0))
            line = [self.start, *text, self.end]
            ids = np.array(line + noise + line, np.int16)
            made.append(Item(ids, [(len(line) + len(noise) + 2, len(ids), COPY)]))
        return made

    def positions(self, ids: np.ndarray, rng: Random, jump: int) -> np.ndarray:
        """0, 1, 2... with leaps at the starts of turns: distances that short conversations do not have."""
        places = np.arange(len(ids))
        if jump and rng.random() < 0.6:
            starts = np.where(ids == self.start)[0]
            for _ in range(rng.choice((1, 1, 2, 3))):
                places[starts[rng.randrange(len(starts))] :] += int(jump * rng.random() ** 2)
        return places

    def weights(self, targets: np.ndarray, kind: str) -> np.ndarray:
        weights = np.full(len(targets), MISSING_WEIGHT if kind == MISSING else 1.0, np.float32)
        weights[1:][targets[:-1] == self.value_opens] = VALUE_WEIGHT
        for place in np.where(targets == self.name_opens)[0]:
            weights[place + 1 : place + 4] = NAME_WEIGHT
        if kind != COPY:
            weights[0] = START_WEIGHT
        return weights

    def batches(self, items: list[Item], rng: Random, jump: int, tokens: int) -> list[Batch]:
        """Items of like length together, in random order; at most `tokens` places each, padding included."""
        groups: list[list[Item]] = [[]]
        for item in sorted(items, key=lambda item: len(item.ids) + rng.random() * 8):
            if groups[-1] and _wide(item) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(item)
        rng.shuffle(groups)
        return [self._batch(group, rng, jump) for group in groups if group]

    def _batch(self, items: list[Item], rng: Random, jump: int) -> Batch:
        width = max(_wide(item) for item in items)
        ids = np.full((len(items), width), self.pad, np.int64)
        positions = np.zeros((len(items), width), np.int64)
        places: list[int] = []
        targets, weights, turns = [], [], []
        for row, item in enumerate(items):
            length = len(item.ids)
            ids[row, :length] = item.ids
            positions[row, :length] = self.positions(item.ids, rng, jump)
            for start, end, kind in item.spans:
                turns.append((len(places), len(places) + end - start, kind))
                places += range(row * width + start - 1, row * width + end - 1)
                targets.append(item.ids[start:end].astype(np.int64))
                weights.append(self.weights(targets[-1], kind))
        return Batch(
            torch.from_numpy(ids),
            torch.from_numpy(positions),
            torch.tensor(places),
            torch.from_numpy(np.concatenate(targets)),
            torch.from_numpy(np.concatenate(weights)),
            turns,
            sum(len(item.ids) for item in items),
        )


def _wide(item: Item) -> int:
    return -(-len(item.ids) // WIDTH) * WIDTH
