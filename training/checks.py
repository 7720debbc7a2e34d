"""Run by the engine environment's Python: checks the training and writes what it found wrong, as JSON.

    python -m training.checks REPORT

Each claim has the list of its counterexamples. Its counterpart is `tests/training/test_training.py`.
"""

import json
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoTokenizer

from training import stream, tokenizer, train
from training.attention import attend
from training.batches import Encoder
from training.conversations import Conversation, conversation, loop
from training.export import export
from training.tools import CHOICE, DOMAINS
from training.values import FOLDER

COUNT = 300
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def drawn(seed: int) -> Conversation:
    rng = Random(seed)
    return loop(rng, 4, 8) if seed % 20 == 0 else conversation(rng)


CONVERSATIONS = [drawn(seed) for seed in range(COUNT)]


def calls(made: Conversation) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for place, message in enumerate(made.messages):
        for call in message.get("tool_calls", ()):
            yield place, call["function"]["name"], call["function"]["arguments"]


def other_from_the_same_seed() -> Iterator[str]:
    for seed, made in enumerate(CONVERSATIONS):
        if drawn(seed).text() != made.text():
            yield made.text()


def against_a_schema() -> Iterator[str]:
    for made in CONVERSATIONS:
        schemas = {tool.name: tool.schema()["function"]["parameters"] for tool in made.tools}
        for _, name, arguments in calls(made):
            schema = schemas[name]
            types = {key: TYPES[schema["properties"][key]["type"]] for key in arguments}
            wrong = [key for key, value in arguments.items() if not isinstance(value, types[key])]
            missing = [key for key in schema["required"] if key not in arguments]
            if wrong or missing:
                yield f"{name} {arguments}: wrong {wrong}, missing {missing}"


def values_from_nowhere() -> Iterator[str]:
    for made in CONVERSATIONS:
        for place, name, arguments in calls(made):
            asked = made.messages[place - 1]["content"].casefold()
            for value in arguments.values():
                if str(value).casefold() not in asked:
                    yield f"{name} {value!r}: {asked}"


def rendered_otherwise(folder: Path) -> Iterator[str]:
    made_by = AutoTokenizer.from_pretrained(folder)
    for made in CONVERSATIONS:
        request = made.request()
        text = made_by.apply_chat_template(
            request["messages"], tools=request["tools"] or None, tokenize=False
        )
        if text != made.text():
            yield f"{text}\n=====\n{made.text()}"


def not_given_back(known: Tokenizer) -> Iterator[str]:
    for made in CONVERSATIONS:
        text = made.text()
        if known.decode(known.encode(text).ids, skip_special_tokens=False) != text:
            yield text


def other_targets(known: Tokenizer) -> Iterator[str]:
    encoder = Encoder(known)
    for made in CONVERSATIONS:
        (item,) = encoder.items([made], 100_000)
        targets = [known.decode(list(item.ids[a:b]), skip_special_tokens=False) for a, b, _ in item.spans]
        wanted = [
            part.split("<|im_end|>")[0] + "<|im_end|>"
            for part in made.text().split("<|im_start|>assistant\n")[1:]
        ]
        if targets != wanted:
            yield f"{targets} {wanted}"


def known_phrases() -> Iterator[str]:
    held_out = tomllib.loads((FOLDER / "held_out.toml").read_text(encoding="utf-8"))
    for domain in DOMAINS:
        phrases = held_out.get(domain.names[0], {})
        for asked, other in ((domain.ask_en, phrases.get("en", [])), (domain.ask_zh, phrases.get("zh", []))):
            known = {reading for phrase in asked for reading in readings(phrase)}
            yield from (phrase for phrase in other if phrase.lower().rstrip("?？") in known)


def readings(phrase: str) -> Iterator[str]:
    choice = CHOICE.search(phrase)
    if choice is None:
        yield phrase.lower().rstrip("?？")
        return
    for part in choice[1].split("|"):
        yield from readings(phrase[: choice.start()] + part + phrase[choice.end() :])


def settings(out: Path, **changed: Any) -> train.Settings:
    return train.Settings(
        **({"out": out, "steps": 20, "processes": 1, "tokens": 1024, "watch_every": 10**6} | changed)
    )


def trained(folder: Path, known: Tokenizer) -> tuple[list[float], train.Run]:
    """The first and the last losses of 20 steps."""
    known.save(str(folder / "tokenizer.json"))
    run = train.Run(settings(folder), 0)
    run.model.train()
    losses = []
    for _ in range(20):
        before = run.loss
        run.step_once()
        losses.append(run.loss if run.step == 1 else (run.loss - 0.97 * before) / 0.03)
    run.save()
    return [sum(losses[:3]) / 3, sum(losses[-5:]) / 5], run


def resumed_otherwise(folder: Path, run: train.Run) -> Iterator[str]:
    again = train.Run(settings(folder, resume=True), 0)
    again.model.train()
    for _ in range(2):
        run.step_once()
        again.step_once()
    if any(
        not torch.equal(a, b) for a, b in zip(run.model.parameters(), again.model.parameters(), strict=True)
    ):
        yield f"losses {run.loss} and {again.loss}"


def exported_otherwise(folder: Path, out: Path) -> Iterator[str]:
    try:
        export(folder, out)
    except SystemExit as error:
        yield str(error)


def attended_otherwise() -> Iterator[str]:
    for length in (1, 5, 128, 129, 300):
        q, k, v = (torch.randn(2, 3, length, 8, requires_grad=True) for _ in range(3))
        given = torch.randn(2, 3, length, 8)
        ours, theirs = attend(q, k, v), scaled_dot_product_attention(q, k, v, is_causal=True)
        pairs = zip(
            (ours, *torch.autograd.grad(ours, (q, k, v), given)),
            (theirs, *torch.autograd.grad(theirs, (q, k, v), given)),
            strict=True,
        )
        worst = max((a - b).abs().max().item() for a, b in pairs)
        if worst > 1e-4:
            yield f"length {length}: {worst}"


def main(report: Path) -> None:
    torch.set_num_threads(1)
    stream.CHUNK = 40
    known = tokenizer.train(1500)
    with tempfile.TemporaryDirectory() as temporary:
        folder, out = Path(temporary), Path(temporary) / "out"
        losses, run = trained(folder, known)
        claims: dict[str, Callable[[], Iterator[str]]] = {
            "an exported model computes what the trained one does": lambda: exported_otherwise(folder, out),
            "a run that was resumed ends where an unbroken one does": lambda: resumed_otherwise(folder, run),
            "attention and its gradients are PyTorch's": attended_otherwise,
            "the same seed makes the same conversations": other_from_the_same_seed,
            "every call fits its tool's schema": against_a_schema,
            "every value of a call stands before it": values_from_nowhere,
            "the template renders what the generator writes": lambda: rendered_otherwise(out),
            "the tokenizer gives back every text": lambda: not_given_back(known),
            "the targets are the assistant's turns": lambda: other_targets(known),
            "no held-out phrase is one of the generator's": known_phrases,
        }
        found: dict[str, Any] = {name: list(wrong())[:3] for name, wrong in claims.items()}
    report.write_text(json.dumps(found | {"losses": losses}, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
