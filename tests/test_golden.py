"""Golden pairs: what a client sends and an engine answers, against what each of them gets.

A folder of tests/golden is named for the behaviour. Written by hand: `client.json`, the request in
Anthropic's or OpenAI's protocol, and `engine.sse` or `engine.json`; and `upstream.json`, the model's family
and what a survey found, unless nothing is known of the engine. Written by `--golden-rewrite`, and to be read
before it is committed: `to-engine.json` and what each protocol's client gets.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman import folder
from dragoman.journey.pool import Pool
from dragoman.model.engine import EngineFacts
from dragoman.settings import Upstream
from tests.journeys import WIRES, Driven, pool_of
from tests.streams import anthropic_message, chat_completion

GOLDEN = Path(__file__).parent / "golden"
PAIRS = sorted(path.parent for path in GOLDEN.glob("*/client.json"))


def journey(pair: Path, wire: str) -> Driven:
    """The pair's journey, for a client of `wire`."""
    client = json.loads((pair / "client.json").read_text("utf-8"))
    streamed = (pair / "engine.sse").is_file()
    body = client if wire == "anthropic" else as_chat(client)
    pool = pool_of(window=65_536)
    if (known := pair / "upstream.json").is_file():
        pool = surveyed(json.loads(known.read_text("utf-8")))
        body |= {} if wire == "anthropic" else chat_tools(client)
    driven = Driven(pool, WIRES[wire]).begin(body | {"stream": streamed}).head()
    driven.send((pair / ("engine.sse" if streamed else "engine.json")).read_bytes())
    return driven if driven.outcome else driven.end()


def surveyed(known: dict[str, Any]) -> Pool:
    """Before an engine of which this much is known."""
    upstreams = [Upstream("http://engine-0", family=known["family"])]
    pool = Pool(upstreams, {}, folder.profiles(), folder.catalog())
    pool.listed(pool.replicas[0], {"tiny": 65_536})
    pool.replicas[0].facts = EngineFacts(**known["facts"])
    return pool


def chat_tools(client: dict[str, Any]) -> dict[str, Any]:
    """The tools of an Anthropic client as another protocol's client offers them."""
    return {
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": tool["name"],
                    "description": tool["description"],
                    "parameters": tool["input_schema"],
                },
            }
            for tool in client["tools"]
        ]
    }


def as_chat(client: dict[str, Any]) -> dict[str, Any]:
    """The least that another protocol's client says to get the same reply."""
    return {
        "model": client["model"],
        "messages": [{"role": "user", "content": "Hi"}],
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_golden(pair: Path, request: pytest.FixtureRequest) -> None:
    rewrite = request.config.getoption("--golden-rewrite", default=False)
    ending = "sse" if (pair / "engine.sse").is_file() else "json"
    made = {f"to-{wire}.{ending}": journey(pair, wire) for wire in WIRES}
    sent = json.loads(made[f"to-anthropic.{ending}"].calls[0].body)
    texts = {name: driven.out for name, driven in made.items()}
    texts["to-engine.json"] = json.dumps(sent, ensure_ascii=False, indent=2).encode() + b"\n"
    for name, data in texts.items():
        if rewrite:
            (pair / name).write_bytes(data)
        assert (pair / name).read_bytes() == data, f"{pair.name}/{name}: see --golden-rewrite"


def test_there_are_pairs() -> None:
    assert len(PAIRS) >= 5


RAW = [pair for pair in PAIRS if (pair / "upstream.json").is_file()]


def test_a_call_in_each_of_the_main_forms_is_among_them() -> None:
    assert len(RAW) >= 12


@pytest.mark.parametrize("pair", RAW, ids=lambda pair: pair.name)
def test_what_the_model_wrote_is_the_same_in_every_form(pair: Path) -> None:
    """Read from what is kept, so that a rewritten pair cannot be wrong unseen."""
    message = anthropic_message((pair / "to-anthropic.sse").read_bytes())
    calls = [(block["name"], block["input"]) for block in message["content"] if block["type"] == "tool_use"]
    content = 'He said "hi" \\n\n\t</tool_call> </parameter>\n你好 🙂\n'
    assert calls == [
        ("Write", {"file_path": "/tmp/a b.txt", "content": content}),
        ("get_weather", {"city": "杭州", "days": 3, "tags": ["a", "b"]}),
    ]
    assert message["stop_reason"] == "tool_use"
    said = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    assert said.strip() in ("", "I shall.")
    chat = chat_completion((pair / "to-openai_chat.sse").read_bytes())
    assert [(call["name"], json.loads(call["arguments"])) for call in chat["tool_calls"]] == calls
    assert chat["content"].strip() == said.strip()
