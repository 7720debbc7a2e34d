"""Train the tiny model: seeded, by steps, resumable; two processes of one thread each share a step's work.

    python -m training.train --out RUN --steps 4000 [--resume]

RUN gets `tokenizer.json`, `checkpoint.pt` (weights, optimizers, place in the data; replaced whole every few
minutes) and `log.txt`. The learning rate falls over the last part of --steps: a run that is resumed with
other --steps before that part ends when it is told to. The same seed, steps and processes see the same data.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from tokenizers import Tokenizer

from training import circuits, tokenizer
from training.batches import Encoder
from training.conversations import CALLS, ECHO, MISSING, NO_FIT, PARALLEL, Plan, conversation
from training.model import Model, Shape
from training.muon import Muon
from training.stream import LONGEST, Stream

log = logging.getLogger("training")

MATRIX_RATE, REST_RATE = 0.02, 4e-3
WARM_STEPS, LAST_RATE = 50, 0.03
BALANCE = 0.01
# What the log follows, small and teacher-forced. The answers are functions of the prompt: an exact turn here
# is an exact turn when generated.
WATCHED: dict[str, Plan] = {
    "one en": Plan(1, CALLS, False, turns=1, system_words=0, distraction_words=0),
    "one zh": Plan(1, CALLS, True, turns=1, system_words=0, distraction_words=0),
    "four": Plan(4, CALLS, turns=1, system_words=0, distraction_words=0),
    "eight": Plan(8, CALLS, turns=1, system_words=0, distraction_words=0),
    "four invented": Plan(4, CALLS, invented_share=1.0, turns=1, system_words=0, distraction_words=0),
    "parallel": Plan(2, PARALLEL, turns=1, system_words=0, distraction_words=0),
    "missing": Plan(2, MISSING, turns=1, system_words=0, distraction_words=0),
    "no fit": Plan(3, NO_FIT, turns=1, system_words=0, distraction_words=0),
    "echo": Plan(1, ECHO, turns=1, system_words=0, distraction_words=0),
    "distracted": Plan(4, CALLS, turns=1, system_words=0, distraction_words=300),
    "loop": Plan(4, CALLS, turns=12, system_words=0, distraction_words=0),
}


@dataclass(frozen=True)
class Settings:
    out: Path
    steps: int
    seed: int = 1
    processes: int = 2
    tokens: int = 2048
    fall: float = 0.4
    minutes: float = 3.0
    watch_every: int = 300
    watch_count: int = 40
    resume: bool = False

    def rate(self, step: int) -> float:
        """The share of the full learning rate at a step."""
        left = (self.steps - step) / (self.fall * self.steps)
        return min(1.0, (step + 1) / WARM_STEPS) * max(LAST_RATE, min(1.0, left))


class Run:
    """One process of the training."""

    def __init__(self, settings: Settings, rank: int) -> None:
        self.settings, self.rank = settings, rank
        self.encoder = Encoder(Tokenizer.from_file(str(settings.out / "tokenizer.json")))
        torch.manual_seed(settings.seed)
        self.model = Model(Shape())
        circuits.arrange(self.model)
        matrices = [
            p for b in self.model.blocks for n, p in b.named_parameters() if p.ndim == 2 and n != "router"
        ]
        known = {id(p) for p in matrices}
        self.rest = [p for p in self.model.parameters() if id(p) not in known]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=MATRIX_RATE),
            torch.optim.AdamW(self.rest, lr=REST_RATE, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.step = self.tokens = 0
        self.seconds, self.loss = 0.0, 0.0
        place = self._restore() if settings.resume else None
        self.data = Stream(self.encoder, settings.seed, settings.tokens, rank, place)

    @property
    def _checkpoint(self) -> Path:
        return self.settings.out / "checkpoint.pt"

    def _restore(self) -> dict[str, int] | None:
        kept = torch.load(self._checkpoint, weights_only=True)
        self.model.load_state_dict(kept["model"])
        for optimizer, state in zip(self.optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.tokens = kept["step"], kept["tokens"]
        self.seconds, self.loss = kept["seconds"], kept["loss"]
        places: list[dict[str, int]] = kept["places"]
        if len(places) != self.settings.processes or kept["seed"] != self.settings.seed:
            raise SystemExit("The checkpoint is of another seed or number of processes.")
        return places[self.rank]

    def save(self) -> None:
        """Every process takes part; the file appears whole."""
        places: list[Any] = [self.data.place]
        if self.settings.processes > 1:
            places = [None] * self.settings.processes
            dist.all_gather_object(places, self.data.place)
        if self.rank:
            return
        part = self._checkpoint.with_suffix(".part")
        kept = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "shape": asdict(self.model.shape),
            "places": places,
            "seed": self.settings.seed,
            **{name: getattr(self, name) for name in ("step", "tokens", "seconds", "loss")},
        }
        torch.save(kept, part)
        part.replace(self._checkpoint)

    def train(self) -> None:
        self.model.train()
        began, saved, said = time.monotonic() - self.seconds, time.monotonic(), time.monotonic()
        while self.step < self.settings.steps:
            self.step_once()
            self.seconds = time.monotonic() - began
            now = torch.tensor([float(time.monotonic() - saved > self.settings.minutes * 60)])
            if self.rank == 0 and time.monotonic() - said > 20:
                said = time.monotonic()
                self._say()
            if self.step % self.settings.watch_every == 0:
                self._watch()
            if self.settings.processes > 1:
                dist.broadcast(now, 0)
            if now.item():
                self.save()
                saved = time.monotonic()
        self._say()
        self._watch()
        self.save()

    def step_once(self) -> None:
        batch = self.data.next(self.step)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(batch.ids, batch.positions, batch.places)
        losses = F.cross_entropy(logits.float(), batch.targets, reduction="none")
        ((losses * batch.weights).mean() + BALANCE * self.model.imbalance()).backward()
        mean, tokens = self._share(losses.mean().item(), batch.tokens)
        torch.nn.utils.clip_grad_norm_(self.rest, 1.0)
        for optimizer, rate in zip(self.optimizers, (MATRIX_RATE, REST_RATE), strict=True):
            optimizer.param_groups[0]["lr"] = rate * self.settings.rate(self.step)
            optimizer.step()
        for parameter in self.model.parameters():
            parameter.grad = None
        self.step, self.tokens = self.step + 1, self.tokens + tokens
        self.loss = mean if self.step == 1 else 0.97 * self.loss + 0.03 * mean

    def _share(self, loss: float, tokens: int) -> tuple[float, int]:
        """Average gradients and figures over the processes, in one message."""
        count = self.settings.processes
        if count == 1:
            return loss, tokens
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        flat = torch.cat([*(g.flatten() for g in gradients), torch.tensor([loss, float(tokens)])])
        dist.all_reduce(flat)
        place = 0
        for gradient in gradients:
            gradient.copy_(flat[place : place + gradient.numel()].view_as(gradient)).div_(count)
            place += gradient.numel()
        return flat[-2].item() / count, int(flat[-1].item())

    def _say(self) -> None:
        if self.rank == 0:
            rate = self.tokens / max(self.seconds, 1e-9)
            log.info(
                "step %d loss %.3f tokens %.2fM %.0f tokens/s %.0f s",
                *(self.step, self.loss, self.tokens / 1e6, rate, self.seconds),
            )

    @torch.no_grad()
    def _watch(self) -> None:
        """Exact turns in percent, each process its part of the sets."""
        self.model.eval()
        found: dict[str, int] = {}
        for index, (name, plan) in enumerate(WATCHED.items()):
            if index % self.settings.processes == self.rank:
                found[name] = self._exact(name, plan)
        if self.settings.processes > 1:
            every: list[Any] = [None] * self.settings.processes
            dist.all_gather_object(every, found)
            found = {name: value for part in every for name, value in part.items()}
        self.model.train()
        if self.rank == 0:
            log.info("exact at step %d: %s", self.step, json.dumps({name: found[name] for name in WATCHED}))

    def _exact(self, name: str, plan: Plan) -> int:
        rng = Random(f"watched {name}")
        count = self.settings.watch_count // (4 if name in ("loop", "distracted") else 1)
        items = self.encoder.items([conversation(rng, plan) for _ in range(count)], LONGEST)
        right = asked = 0
        for batch in self.encoder.batches(items, rng, 0, 8192):
            with torch.autocast("cpu", torch.bfloat16):
                hits = self.model(batch.ids, batch.positions, batch.places).argmax(-1) == batch.targets
            for start, end, kind in batch.turns:
                if kind != "answer":
                    right, asked = right + bool(hits[start:end].all()), asked + 1
        return round(100 * right / max(asked, 1))


def work(rank: int, settings: Settings, port: int) -> None:
    """The whole of one process."""
    torch.set_num_threads(1 if settings.processes > 1 else 2)
    if rank == 0:
        form = logging.Formatter("%(asctime)s %(message)s")
        for handler in (logging.FileHandler(settings.out / "log.txt"), logging.StreamHandler()):
            handler.setFormatter(form)
            log.addHandler(handler)
        log.setLevel(logging.INFO)
    if settings.processes > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        dist.init_process_group("gloo", rank=rank, world_size=settings.processes)
    Run(settings, rank).train()
    if settings.processes > 1:
        dist.destroy_process_group()


def read_settings() -> Settings:
    parser = argparse.ArgumentParser(description="Train the tiny tool-calling model.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=2048, help="of one process's batch, padding included")
    parser.add_argument(
        "--fall", type=float, default=0.4, help="last part of the steps, in which the rate falls"
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="between checkpoints")
    parser.add_argument("--watch-every", type=int, default=300, help="steps between small evaluations")
    parser.add_argument("--watch-count", type=int, default=40, help="conversations of each")
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    return Settings(**vars(parser.parse_args()))


def main() -> None:
    settings = read_settings()
    settings.out.mkdir(parents=True, exist_ok=True)
    if not (path := settings.out / "tokenizer.json").exists():
        tokenizer.train().save(str(path))
    if settings.processes == 1:
        work(0, settings, 0)
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    # Daemons end with this process, also when it is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    torch.multiprocessing.spawn(work, (settings, port), nprocs=settings.processes, daemon=True)


if __name__ == "__main__":
    main()
