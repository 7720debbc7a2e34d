"""Score a served model against the ten targets: generated requests, greedy, over HTTP.

    python -m training.score URL MODEL [--count 200] [--only "one tool"] [--json FILE]

URL is an engine's or a gateway's, without /v1. An answer counts when names, arguments and their order are
exact, and no text stands beside the calls; the other answers when the text is exact. The seed is not
the training's, names and values are fresh, and the held-out phrasings are those of held_out.toml. Needs only
the standard library.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from training import phrasing
from training.conversations import CALLS, MISSING, NO_FIT, PARALLEL, Conversation, Plan, conversation, loop
from training.tools import DOMAINS, Domain, Tool, everyday, toolbox
from training.values import FOLDER

Message = dict[str, Any]
SEED = "scored"
# Prompts of about 4,000 tokens of this model's tokenizer.
WORDS_OF_4000_TOKENS = 1580


@dataclass(frozen=True)
class Case:
    """A request, and the assistant's message that is right."""

    messages: list[Message]
    tools: list[Message]
    right: Message


def last(made: Conversation) -> list[Case]:
    """The last assistant turn of a conversation as a case."""
    return [_case(made, len(made.messages) - 1)]


def _case(made: Conversation, place: int) -> Case:
    request = made.request()
    before = len(request["messages"]) - len(made.messages)
    return Case(_sent(request["messages"][: before + place]), request["tools"], made.messages[place])


def _sent(messages: list[Message]) -> list[Message]:
    """As a client sends them: calls with ids and arguments as text."""
    sent, pending = [], []
    for number, given in enumerate(messages):
        message = dict(given)
        if message.get("tool_calls"):
            pending = [f"call_{number}_{order}" for order in range(len(message["tool_calls"]))]
            message["tool_calls"] = [
                {
                    "id": key,
                    "type": "function",
                    "function": {
                        "name": call["function"]["name"],
                        "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False),
                    },
                }
                for key, call in zip(pending, message["tool_calls"], strict=True)
            ]
        elif message["role"] == "tool":
            message["tool_call_id"] = pending.pop(0)
        sent.append(message)
    return sent


def _until(rng: Random, plan: Plan, kind: str) -> Conversation:
    """A conversation of one request whose first answer is of a kind."""
    while True:
        made = conversation(rng, plan)
        if made.kinds and made.kinds[0] == kind:
            answered = next(
                place for place, message in enumerate(made.messages) if message["role"] == "assistant"
            )
            del made.messages[answered + 1 :], made.kinds[1:]
            return made


def _plan(rng: Random, kind: str, low: int, high: int, distraction: int = 0) -> Plan:
    tools = rng.randint(low, high)
    return Plan(tools, kind, turns=1, system_words=0, distraction_words=distraction)


def of_kind(kind: str, low: int, high: int, distraction: int = 0) -> Callable[[Random], list[Case]]:
    return lambda rng: last(_until(rng, _plan(rng, kind, low, high, distraction), kind))


def answered(rng: Random) -> list[Case]:
    """A result is there; the answer quotes it."""
    return [_case(made, len(made.messages) - 1)] if (made := loop(rng, rng.randint(1, 3), 1)) else []


def held_out(rng: Random) -> list[Case]:
    phrases = tomllib.loads((FOLDER / "held_out.toml").read_text(encoding="utf-8"))
    domain = rng.choice([domain for domain in DOMAINS if domain.names[0] in phrases])
    chinese = rng.random() < 0.4
    tool = everyday(rng, domain, chinese)
    values = phrasing.values_of(rng, list(tool.parameters), chinese, 0.85)
    text = rng.choice(phrases[domain.names[0]]["zh" if chinese else "en"]).format(*values)
    arguments = {p.name: value for p, value in zip(tool.parameters, values, strict=True)}
    others = _others(rng, domain, rng.randint(0, 3), chinese)
    tools = rng.sample([tool, *others], len(others) + 1)
    call = {"type": "function", "function": {"name": tool.name, "arguments": arguments}}
    made = Conversation(
        "", tools, [{"role": "user", "content": text}, {"role": "assistant", "tool_calls": [call]}]
    )
    return last(made)


def _others(rng: Random, domain: Domain, count: int, chinese: bool) -> list[Tool]:
    box = toolbox(rng, count + 1, 0.5, chinese)
    return [tool for tool in box if tool.domain is not domain and tool.name not in domain.names][:count]


def loops(rng: Random) -> list[Case]:
    """Every call of a session of fifteen, each after the true history."""
    made = loop(rng, rng.randint(2, 8), 15)
    return [_case(made, place) for place, message in enumerate(made.messages) if message.get("tool_calls")]


# Name -> target in percent, and how a case is drawn.
CLASSES: dict[str, tuple[int, Callable[[Random], list[Case]]]] = {
    "one tool": (98, of_kind(CALLS, 1, 1)),
    "four tools": (93, of_kind(CALLS, 4, 4)),
    "eight tools": (88, of_kind(CALLS, 8, 8)),
    "parallel calls": (85, of_kind(PARALLEL, 1, 3)),
    "no fitting tool": (85, of_kind(NO_FIT, 1, 4)),
    "missing argument": (80, of_kind(MISSING, 1, 3)),
    "answer from a result": (97, answered),
    "held-out phrasings": (90, held_out),
    "prompts of 4,000 tokens": (85, of_kind(CALLS, 1, 4, WORDS_OF_4000_TOKENS)),
    "calls in loops of 15": (90, loops),
}


def cases(name: str, count: int) -> Iterator[Case]:
    rng = Random(f"{SEED} {name}")
    given = 0
    while given < count:
        for case in CLASSES[name][1](rng)[: count - given]:
            given += 1
            yield case


def ask(url: str, model: str, key: str, case: Case) -> Message:
    body = {"model": model, "messages": case.messages, "max_tokens": 300, "temperature": 0}
    if case.tools:
        body["tools"] = case.tools
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{url}/v1/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as response:
        answer: Message = json.load(response)
    return {**answer["choices"][0]["message"], "prompt_tokens": answer["usage"]["prompt_tokens"]}


def exact(got: Message, right: Message) -> bool:
    wanted = [
        (call["function"]["name"], call["function"]["arguments"]) for call in right.get("tool_calls") or []
    ]
    if not wanted:
        return not got.get("tool_calls") and (got.get("content") or "").strip() == right["content"].strip()
    return not (got.get("content") or "").strip() and calls(got) == wanted


def calls(got: Message) -> list[tuple[str, Any]] | None:
    try:
        return [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in got.get("tool_calls") or []
        ]
    except ValueError:
        return None


@dataclass
class Score:
    name: str
    target: int
    count: int
    right: int
    prompt_tokens: int
    misses: list[dict[str, Any]]

    @property
    def percent(self) -> float:
        return 100 * self.right / self.count


def score(name: str, count: int, one: Callable[[Case], Message], threads: int) -> Score:
    made = list(cases(name, count))
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(one, made))
    misses = [
        {"asked": case.messages[-1]["content"][-300:], "right": case.right, "got": got}
        for case, got in zip(made, answers, strict=True)
        if not exact(got, case.right)
    ]
    tokens = sum(int(got["prompt_tokens"]) for got in answers) // max(len(answers), 1)
    return Score(name, CLASSES[name][0], len(made), len(made) - len(misses), tokens, misses)


def main() -> None:
    parser = argparse.ArgumentParser(description="Score a served model against the targets.")
    parser.add_argument("url")
    parser.add_argument("model")
    parser.add_argument("--key", default="none")
    parser.add_argument("--count", type=int, default=200, help="cases of each class")
    parser.add_argument("--only", action="append", choices=list(CLASSES), help="this class (repeatable)")
    parser.add_argument("--threads", type=int, default=8, help="requests at a time")
    parser.add_argument("--json", type=Path, help="file for the scores and the misses")
    given = parser.parse_args()
    found = []
    for name in given.only or CLASSES:
        began = time.monotonic()
        one = score(
            name, given.count, lambda case: ask(given.url, given.model, given.key, case), given.threads
        )
        found.append(one)
        seconds = time.monotonic() - began
        line = f"{name:26} {one.percent:5.1f} % of {one.count} (target {one.target})"
        sys.stdout.write(f"{line}, prompt {one.prompt_tokens} tokens, {seconds:.0f} s\n")
        sys.stdout.flush()
    if given.json:
        given.json.write_text(
            json.dumps([vars(one) for one in found], ensure_ascii=False, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
