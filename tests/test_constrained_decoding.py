"""Constrained decoding on a real vLLM: text that is right passes untouched, and a refusal is gone round.

The model's words are dictated, which the grammar cannot turn into others: words against it end the request
with an error, as a fault of the grammar would. That shows where it stands.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dragoman.settings import Settings, Upstream
from tests.gateway import RunningGateway, until, value
from tests.real_engine import RealEngine
from tests.scripts import call, inline
from tests.streams import AnthropicMessage, anthropic_events, anthropic_message

pytestmark = pytest.mark.engine

TOOLS = [
    {
        "name": "Write",
        "input_schema": {
            "type": "object",
            "properties": {
                "path": {"type": "string", "minLength": 1, "pattern": "^(?!~)"},
                "content": {"type": "string"},
                "lines": {"type": "integer"},
            },
            "required": ["content"],
            "additionalProperties": False,
        },
    },
    {"name": "Stop", "input_schema": {"type": "object", "properties": {}}},
]
FILE = 'a </tool_call> and </parameter>\n</function> "b" \\ {\n\t中文 🙂 <tool_call>\n{"name": "x"\n'


@contextmanager
def before(engine: RealEngine, **settings: Any) -> Iterator[RunningGateway]:
    """A gateway that knows what the engine takes."""
    with RunningGateway(Settings(upstreams=(Upstream(engine.url, **settings),))) as gateway:
        replica = gateway.gateway.pool.replicas[0]
        until(lambda: replica.facts.tags, 60)
        yield gateway


def takes_tags(gateway: RunningGateway) -> bool:
    pool = gateway.gateway.pool
    return pool.replicas[0].facts_of(next(iter(pool.models.values()))).tags


def ask(gateway: RunningGateway, text: str, stream: bool = False, **fields: Any) -> bytes:
    body = {"model": "claude-x", "max_tokens": 1000, "tools": TOOLS, "stream": stream, **fields}
    body["messages"] = [{"role": "user", "content": inline(text)}]
    response = gateway.http.post("/v1/messages", json=body, timeout=120)
    assert response.status_code == 200, response.text
    return response.content


def content(message: Any) -> list[Any]:
    """The blocks of a message, without ids: text, or a tool's name and input."""
    return [
        (block["name"], block["input"]) if block["type"] == "tool_use" else block["text"]
        for block in message["content"]
    ]


def xml(**values: str) -> str:
    given = "".join(f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in values.items())
    return f"<tool_call>\n<function=Write>\n{given}</function>\n</tool_call>"


WRITES = ("Write", {"content": FILE, "path": "a.txt"})
RIGHT: dict[str, tuple[str, str, list[Any]]] = {
    "a call with its tags in the content": (
        "qwen_instruct",
        "Now.\n" + call("Write", content=FILE, path="a.txt"),
        ["Now.\n", WRITES],
    ),
    "two calls, one without arguments": (
        "qwen_instruct",
        call("Write", path="a", content="b", lines=3) + "\n" + call("Stop"),
        [("Write", {"path": "a", "content": "b", "lines": 3}), ("Stop", {})],
    ),
    "prose that speaks of the tags": (
        "qwen_instruct",
        "A call is in <tool_call> and </tool_call>, as `<tool_call>`.",
        ["A call is in <tool_call> and </tool_call>, as `<tool_call>`."],
    ),
    "a call in the form of another family": (
        "qwen_instruct",
        xml(path="a.txt", content="x </parameter> y"),
        [("Write", {"path": "a.txt", "content": "x </parameter> y"})],
    ),
    "tags, and all closers in the content": (
        "qwen_coder",
        xml(path="a.txt", content="x </parameter> y </function> z </tool_call> {"),
        [("Write", {"path": "a.txt", "content": "x </parameter> y </function> z </tool_call> {"})],
    ),
    "JSON from a family that writes tags": (
        "qwen_coder",
        call("Write", content=FILE, path="a.txt"),
        [WRITES],
    ),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_what_is_right_passes_untouched(real_engine: RealEngine, stream: bool) -> None:
    for family in ("qwen_instruct", "qwen_coder"):
        with before(real_engine, family=family) as gateway:
            for name, (its_family, text, expected) in RIGHT.items():
                if its_family == family:
                    out = ask(gateway, text, stream)
                    message = anthropic_message(out) if stream else json.loads(out)
                    assert content(message) == expected, name
            assert takes_tags(gateway), "no request was refused"


WRONG: dict[str, tuple[str, str, list[Any]]] = {
    "a raw line end in a string": (
        "qwen_instruct",
        call("Write", content="a b").replace("a b", "a\nb"),
        [("Write", {"content": "a\nb"})],
    ),
    "a number in quotes": (
        "qwen_instruct",
        call("Write", content="a", lines="3"),
        [("Write", {"content": "a", "lines": 3})],
    ),
    "a name that is not on offer": ("qwen_coder", xml(content="a").replace("Write", "Read"), []),
}


@pytest.mark.parametrize(("family", "text", "expected"), WRONG.values(), ids=WRONG)
def test_what_the_grammar_ends_is_asked_again_without_it(
    real_engine: RealEngine, family: str, text: str, expected: list[Any]
) -> None:
    with before(real_engine, family=family) as gateway:
        message = json.loads(ask(gateway, text))
        assert content(message) == (expected or [("Read", {"content": "a"})])
        assert not takes_tags(gateway)
    with before(real_engine, family=family, constrain="off") as gateway:
        assert json.loads(ask(gateway, text))["content"][0]["name"] == message["content"][0]["name"]
        assert takes_tags(gateway), "nothing was asked of the grammar"


def test_a_stream_that_the_grammar_ends_is_the_last_one(real_engine: RealEngine) -> None:
    _family, text, expected = WRONG["a raw line end in a string"]
    with before(real_engine) as gateway:
        broken = AnthropicMessage()
        for event in anthropic_events(ask(gateway, text, stream=True)):
            broken.feed(event)
        assert broken.over == "error"
        assert not takes_tags(gateway)
        assert content(anthropic_message(ask(gateway, text, stream=True))) == expected


def test_a_stream_that_the_grammar_ends_before_anything_was_seen_is_asked_again(
    real_engine: RealEngine,
) -> None:
    family, text, _none = WRONG["a name that is not on offer"]
    with before(real_engine, family=family) as gateway:
        message = anthropic_message(ask(gateway, text, stream=True))
        assert content(message) == [("Read", {"content": "a"})]
        assert not takes_tags(gateway)

        def dropped() -> float:
            page = gateway.http.get("/metrics").text
            return value(page, "dragoman_changes_total", kind="constraint_dropped")

        until(lambda: dropped() == 1)


def test_a_demanded_call_is_enforced_without_a_parser(real_engine: RealEngine) -> None:
    """Raw mode: the engine's own parser is left out, and with it the grammar that it would bring."""
    with before(real_engine, tools="raw") as gateway:
        pool = gateway.gateway.pool
        message = json.loads(ask(gateway, "No call at all.", tool_choice={"type": "any"}))
        assert content(message) == ["No call at all."], "dictated words win in the end"
        assert not pool.replicas[0].facts_of(pool.models[pool.default or ""]).tags
