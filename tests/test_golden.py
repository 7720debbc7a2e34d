"""Golden pairs: what a client sends and an engine answers, against what each of them gets.

A folder of tests/golden is named for the behaviour. Written by hand: `client.json`, the request in
Anthropic's or OpenAI's protocol, and `engine.sse` or `engine.json`. Written by `--golden-rewrite`,
and to be read before it is committed: `to-engine.json` and what each protocol's client gets.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import WIRES, Driven, pool_of

GOLDEN = Path(__file__).parent / "golden"
PAIRS = sorted(path.parent for path in GOLDEN.glob("*/client.json"))


def journey(pair: Path, wire: str) -> Driven:
    """The pair's journey, for a client of `wire`."""
    client = json.loads((pair / "client.json").read_text("utf-8"))
    streamed = (pair / "engine.sse").is_file()
    body = client if wire == "anthropic" else as_chat(client)
    driven = Driven(pool_of(window=65_536), WIRES[wire]).begin(body | {"stream": streamed}).head()
    driven.send((pair / ("engine.sse" if streamed else "engine.json")).read_bytes())
    return driven if driven.outcome else driven.end()


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
