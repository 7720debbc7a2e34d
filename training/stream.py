"""The order of the training data: chunks of fresh conversations, easy ones first, each from its own seed."""

from __future__ import annotations

from random import Random

from training.batches import Batch, Encoder
from training.conversations import Plan, conversation

# Conversations per chunk.
CHUNK = 300
# Few tools and short histories first; from one step to the other the whole mix takes over. Copying fades.
EASY_UNTIL, WHOLE_FROM, LEAST_WHOLE = 900, 2400, 0.1
MUCH_COPY_UNTIL, COPY_UNTIL, LONG_FROM = 300, 1500, 1200
LONGEST, LONGEST_LONG, JUMP = 2600, 5000, 3000


class Stream:
    """One process's batches, chunk after chunk; `place` says where it stands."""

    def __init__(
        self, encoder: Encoder, seed: int, tokens: int, rank: int, place: dict[str, int] | None = None
    ) -> None:
        self.encoder, self.seed, self.tokens, self.rank = encoder, seed, tokens, rank
        self.place = place or {"chunk": 0, "step": 0, "used": 0}
        self._batches = self._make()[self.place["used"] :]

    def next(self, step: int) -> Batch:
        while not self._batches:
            self.place = {"chunk": self.place["chunk"] + 1, "step": step, "used": 0}
            self._batches = self._make()
        self.place["used"] += 1
        return self._batches.pop(0)

    def _make(self) -> list[Batch]:
        step = self.place["step"]
        rng = Random(f"{self.seed} {self.rank} {self.place['chunk']}")
        whole = max(LEAST_WHOLE, (step - EASY_UNTIL) / (WHOLE_FROM - EASY_UNTIL))
        plans = [Plan(easy=rng.random() >= whole) for _ in range(CHUNK)]
        items = self.encoder.items([conversation(rng, plan) for plan in plans], LONGEST)
        share = 0.4 if step < MUCH_COPY_UNTIL else 0.1 if step < COPY_UNTIL else 0.03
        items += self.encoder.copies(rng, int(CHUNK * share))
        if step >= LONG_FROM:
            plans = [
                Plan(
                    tools=rng.choice((1, 4, 8)),
                    turns=rng.choice((3, 5, 7)),
                    distraction_words=int(700 * rng.random() ** 2),
                )
                for _ in range(6)
            ]
            items += self.encoder.items([conversation(rng, plan) for plan in plans], LONGEST_LONG)
        return self.encoder.batches(items, rng, 0 if step < EASY_UNTIL else JUMP, self.tokens)
