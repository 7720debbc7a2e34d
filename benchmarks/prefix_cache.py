"""How much of vLLM's prefix cache is used by what the gateway sends, by the engine's own metrics.

    python -m benchmarks.prefix_cache [--record] [--explain]

Two sessions of the real Claude Code are recorded once (`--record` makes the recording anew) and replayed to
a real vLLM, each time on an empty cache: through the gateway, straight to vLLM's own `/v1/messages`, and
through gateways that leave the attribution line in. What could have been cached is worked out once, for all.
`--explain` shows where a prompt stops being like those before it, wherever less was cached than possible.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple, Self
from unittest import mock

import httpx2

from benchmarks.sessions import Recorded, load, record
from dragoman.model.turn import Text
from dragoman.turns import sanitize
from dragoman.wire.anthropic.request import decode_request
from dragoman.wire.openai_chat.upstream import encode_count
from tests.gateway import gateway_before, value
from tests.real_engine import HERMES, RealEngine

LAG_S = 5.0
"""How long the engine's metrics may stay behind its replies."""
FIRST = "first requests"
AROUND = 24
"""Tokens shown on each side of a difference."""

Ids = Sequence[int]


class Measured(NamedTuple):
    """Tokens of one request: its prompt, what could have come from the cache, what did."""

    prompt: int
    possible: int
    cached: int


class Engine:
    """vLLM as this benchmark sees it. /reset_prefix_cache needs VLLM_SERVER_DEV_MODE=1."""

    def __init__(self, url: str, model: str) -> None:
        self.model = model
        self._http = httpx2.Client(base_url=url, trust_env=False, timeout=300)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ids(self, chat: Any) -> list[int]:
        """The prompt that the engine makes of the messages and tools of a chat request."""
        found: list[int] = self._post("/tokenize", {**chat, "model": self.model})["tokens"]
        return found

    def text(self, ids: Ids) -> str:
        found: str = self._post("/detokenize", {"model": self.model, "tokens": list(ids)})["prompt"]
        return found

    def block_size(self) -> int:
        labels = next(
            line for line in self._page().splitlines() if line.startswith("vllm:cache_config_info{")
        )
        return int(labels.partition('block_size="')[2].partition('"')[0])

    def reset(self) -> None:
        self._http.post("/reset_prefix_cache").raise_for_status()

    def seen(self) -> tuple[int, int]:
        """Tokens looked up in the cache so far, and tokens found."""
        page = self._page()
        return int(value(page, "vllm:prefix_cache_queries_total")), int(
            value(page, "vllm:prefix_cache_hits_total")
        )

    def cached(self, ask: Callable[[], None]) -> tuple[int, int]:
        """What one request added to `seen`: its prompt, and what of it was found."""
        before = self.seen()
        ask()
        deadline = time.monotonic() + LAG_S
        while (now := self.seen())[0] == before[0]:
            if time.monotonic() > deadline:
                raise SystemExit("the engine's metrics did not notice a request")
            time.sleep(0.01)
        return now[0] - before[0], now[1] - before[1]

    def _page(self) -> str:
        return self._http.get("/metrics").raise_for_status().text

    def _post(self, path: str, body: Any) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()


def reference(body: dict[str, Any]) -> dict[str, Any]:
    """A request of Claude Code as a chat request in the plainest way, the attribution left out.

    It shares nothing with the gateway, so that a fault of the gateway cannot lower what is possible.
    """
    messages: list[dict[str, Any]] = []
    system = [block["text"] for block in body["system"]]
    kept = [text for text in system if not is_attribution(text)]
    messages.append({"role": "system", "content": "\n".join(kept)})
    for message in body["messages"]:
        messages += plainly(message["role"], message["content"])
    functions = [
        {"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"]}
        for tool in body.get("tools", [])
    ]
    return {"messages": messages, "tools": [{"type": "function", "function": each} for each in functions]}


def plainly(role: str, content: Any) -> Iterable[dict[str, Any]]:
    """One message of Anthropic's as OpenAI's: results before text, everything else where it stands."""
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    calls: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] == "tool_result":
            told = {"role": "tool", "tool_call_id": block["tool_use_id"], "content": texts(block["content"])}
            yield told
        elif block["type"] == "tool_use":
            function = {"name": block["name"], "arguments": json.dumps(block["input"])}
            calls.append({"id": block["id"], "type": "function", "function": function})
    if role == "assistant":
        thought = "\n".join(block["thinking"] for block in blocks if block["type"] == "thinking")
        yield {"role": role, "content": texts(blocks), "reasoning_content": thought, "tool_calls": calls}
    elif text := texts(blocks):
        yield {"role": role, "content": text}


def texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block["type"] == "text")


def possible(prompts: Sequence[Ids], block: int) -> list[int]:
    """Per prompt the longest beginning that an earlier one has too, in whole blocks of the cache."""
    return [nearest(prompts, at)[0] // block * block for at in range(len(prompts))]


def nearest(prompts: Sequence[Ids], at: int) -> tuple[int, int]:
    """The longest beginning that a prompt shares with an earlier one, and which that is."""
    return max(((shared(prompts[at], prompts[n]), n) for n in range(at)), default=(0, 0))


def shared(one: Ids, other: Ids) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def replay(engine: Engine, bodies: Iterable[Any], url: str, limits: Sequence[int]) -> list[Measured]:
    """Ask for one token of each reply, one request after the other, on an empty cache."""
    engine.reset()
    measured: list[Measured] = []
    with httpx2.Client(base_url=url, trust_env=False, timeout=600) as http:
        for body, limit in zip(bodies, limits, strict=True):
            asked = {**body, "model": engine.model, "max_tokens": 1, "stream": False}

            def ask(asked: Any = asked) -> None:
                answer = http.post("/v1/messages", json=asked)
                if answer.status_code != 200:
                    raise SystemExit(f"{url} answered {answer.status_code}: {answer.text[:500]}")

            prompt, cached = engine.cached(ask)
            measured.append(Measured(prompt, limit, cached))
    return measured


def left_in(before: str = "") -> Any:
    """The gateway keeps the attribution like any other text.

    vLLM 0.32 itself removes the line where a system text begins with it. With one character `before` it the
    line reaches the model, as it does where the engine knows nothing of Claude Code.
    """

    def kept(system: Sequence[Text], notes: list[str]) -> tuple[Text, ...]:
        return tuple(Text(before + text.text) if is_attribution(text.text) else text for text in system)

    return mock.patch.object(sanitize, "system_texts", kept)


def is_attribution(text: str) -> bool:
    return text.startswith(sanitize.ATTRIBUTION)


def groups(rows: Sequence[Recorded], measured: Sequence[Measured]) -> dict[str, list[Measured]]:
    """All requests, those that begin a conversation, and each conversation."""
    found: dict[str, list[Measured]] = {"all": list(measured), FIRST: []}
    for row, figures in zip(rows, measured, strict=True):
        if row.conversation not in found:
            found[FIRST].append(figures)
        found.setdefault(row.conversation, []).append(figures)
    return found


def show(name: str, rows: Sequence[Recorded], measured: Sequence[Measured]) -> None:
    """One line of the table for each group; `least` is the share of the request that fared worst."""
    for group, figures in groups(rows, measured).items():
        prompt, limit, cached = (sum(column) for column in zip(*figures, strict=True))
        shares = [each.cached / each.possible for each in figures if each.possible]
        share, least = (f"{cached / limit:.3f}", f"{min(shares):.3f}") if shares else ("-", "-")
        row = (name, group, len(figures), prompt, limit, cached, share, least)
        print("|", " | ".join(map(str, row)), "|", flush=True)


def explain(engine: Engine, bodies: Sequence[Any], measured: Sequence[Measured], block: int) -> None:
    """For requests that found less than was possible: where the gateway's prompt leaves the earlier ones."""
    made = [sanitize.sanitize(decode_request(json.dumps(body).encode()))[0] for body in bodies]
    prompts = [engine.ids(json.loads(encode_count(request, engine.model))) for request in made]
    for at, figures in enumerate(measured):
        if figures.cached >= figures.possible:
            continue
        length, other = nearest(prompts, at)
        print(f"\nrequest {at}: {figures.cached} of {figures.possible} tokens; like request {other} up to")
        print(f"token {length}, in block {length // block}, where it goes on differently:")
        for n in (other, at):
            print(f"  {n}: {engine.text(prompts[n][max(length - AROUND, 0) : length + AROUND])!r}")


def compare(engine: Engine, url: str, explained: bool) -> None:
    """Print the table of all ways."""
    rows = load()
    bodies = [row.body for row in rows]
    block = engine.block_size()
    limits = possible([engine.ids(reference(body)) for body in bodies], block)
    print(f"blocks of {block} tokens\n")
    print("| way | requests | number | prompt tokens | possible | cached | share | least |")
    print("|---|---|---|---|---|---|---|---|")
    for name, change in WAYS.items():
        with gateway_before(url) as gateway, change():
            measured = replay(engine, bodies, gateway.url, limits)
            show(name, rows, measured)
            if explained:
                explain(engine, bodies, measured, block)
    show("vLLM's `/v1/messages`", rows, replay(engine, bodies, url, limits))


WAYS: dict[str, Callable[[], Any]] = {
    "gateway": nullcontext,
    "gateway, line left in": left_in,
    "gateway, line left in and not known to vLLM": lambda: left_in(" "),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help="make the recording anew")
    parser.add_argument("--explain", action="store_true", help="show where prompts stop being alike")
    options = parser.parse_args()
    if options.record:
        record()
    load()
    development = {"VLLM_SERVER_DEV_MODE": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        RealEngine(Path(folder), HERMES, variables=development) as vllm,
        Engine(vllm.url, vllm.model) as engine,
    ):
        compare(engine, vllm.url, options.explain)


if __name__ == "__main__":
    main()
