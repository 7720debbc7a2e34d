"""The engine's prefix cache stays warm through the gateway: a session in Claude Code's shape on a real vLLM.

What could be cached is worked out from the prompts of a translation that shares nothing with the gateway's.
`benchmarks/prefix_cache.py` does the same with recorded sessions.
"""

import copy
import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from benchmarks.prefix_cache import Engine, left_in, possible, reference
from tests.fixtures import KEY
from tests.gateway import RunningGateway
from tests.real_engine import RealEngine

TURNS = 6
TOOLS = [
    {
        "name": name,
        "description": f"{name}: takes a path and a limit, and says what it found there. " * 12,
        "input_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"path": {"type": "string"}, "limit": {"default": 10, "type": "integer"}},
            "required": ["path"],
            "additionalProperties": False,
        },
    }
    for name in ("Write", "Read", "Bash", "Edit")
]


class Asked(NamedTuple):
    """Tokens of a prompt, and those of them that the engine had."""

    prompt: int
    cached: int


def session(project: str, version: str, first: str) -> Iterator[dict[str, Any]]:
    """The bodies of one session: the attribution differs from another's, all else in `system` does not."""
    marked = {"cache_control": {"type": "ephemeral"}}
    system = [
        {"type": "text", "text": f"x-anthropic-billing-header: cc_version={version}; cc_entrypoint=cli;"},
        {"type": "text", "text": f"You work on the project {project}.", **marked},
        {"type": "text", "text": "\nKeep to the style of the files that are there.\n" * 120, **marked},
    ]
    messages: list[dict[str, Any]] = [
        {
            "role": "user",
            "content": [text("<system-reminder>\nIt is a Friday.\n</system-reminder>"), text(first)],
        },
        {"role": "system", "content": "These agents can be called: one, two.\n" * 30},
    ]
    for turn in range(TURNS):
        yield copy.deepcopy({"system": system, "tools": TOOLS, "messages": with_mark(messages)})
        messages += step(turn)


def with_mark(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last block of the last user message has the one mark of the conversation."""
    last = max(at for at, message in enumerate(messages) if message["role"] == "user")
    *before, block = messages[last]["content"]
    content = [*before, {**block, "cache_control": {"type": "ephemeral"}}]
    return [*messages[:last], {"role": "user", "content": content}, *messages[last + 1 :]]


def step(turn: int) -> list[dict[str, Any]]:
    """Thoughts, words, two calls, their results in the other order; at times a system message."""
    calls = [
        {
            "type": "tool_use",
            "id": f"toolu_{turn}_{n}",
            "name": name,
            "input": {"path": f"{turn}.py", "limit": n},
        }
        for n, name in enumerate(("Bash", "Read"))
    ]
    results = [
        {
            "tool_use_id": call["id"],
            "type": "tool_result",
            "content": f"What {call['name']} found at turn {turn}.\n" * 40,
            **({"is_error": turn == 3} if call["name"] == "Bash" else {}),
        }
        for call in reversed(calls)
    ]
    thought = {"type": "thinking", "thinking": f"Turn {turn} needs two looks.", "signature": ""}
    messages = [
        {"role": "assistant", "content": [thought, text("Looking."), *calls]},
        {"role": "user", "content": results},
    ]
    if turn % 2:
        messages.append({"role": "system", "content": f"The list of tasks is empty at turn {turn}."})
    return messages


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


@pytest.fixture
def sessions() -> list[dict[str, Any]]:
    """Two of one project that the engine has never seen, the second with another first prompt."""
    project = uuid4().hex
    return [
        *session(project, "2.1.197.a70", "Add a discount for regular customers."),
        *session(project, "2.1.197.61c", "Look for mistakes in how stock is counted."),
    ]


def ask(served: RunningGateway, model: str, body: dict[str, Any]) -> Asked:
    sent = {"model": model, **body, "max_tokens": 1}
    answer = served.http.post("/v1/messages", json=sent, headers={"x-api-key": KEY})
    assert answer.status_code == 200, answer.text
    usage = answer.json()["usage"]
    cached: int = usage["cache_read_input_tokens"]
    return Asked(usage["input_tokens"] + cached, cached)


@pytest.mark.engine
@pytest.mark.full
@pytest.mark.requirement("CC-15")
@pytest.mark.requirement("CC-16")
@pytest.mark.requirement("CC-17")
@pytest.mark.requirement("CC-65")
@pytest.mark.requirement("CC-66")
def test_the_engine_has_what_it_saw_before(
    served: RunningGateway, real_engine: RealEngine, sessions: list[dict[str, Any]]
) -> None:
    with Engine(real_engine.url, real_engine.model) as engine:
        block = engine.block_size()
        limits = possible([engine.ids(reference(body)) for body in sessions], block)
    asked = [ask(served, real_engine.model, body) for body in sessions]
    assert asked[0].cached == limits[0] == 0
    for at, (tokens, limit) in enumerate(zip(asked[1:], limits[1:], strict=True), start=1):
        assert limit > 5 * block, f"request {at} has little in common with those before it"
        assert tokens.cached >= 0.95 * limit, f"request {at}: {tokens} of {limit} possible"


@pytest.mark.engine
@pytest.mark.full
@pytest.mark.requirement("CC-15")
def test_an_attribution_that_reached_the_model_would_cost_the_next_session_all(
    served: RunningGateway, real_engine: RealEngine, sessions: list[dict[str, Any]]
) -> None:
    """What the test above would see if the line stayed: it can fail."""
    with left_in(" "):
        asked = [ask(served, real_engine.model, body) for body in sessions]
    assert asked[TURNS - 1].cached > 0
    assert asked[TURNS].cached == 0


SHARED: dict[str, tuple[list[str], list[int]]] = {
    "nothing came before": (["abcdefgh"], [0]),
    "whole blocks count": (["abcdefgh", "abcdefgx"], [0, 4]),
    "the best of all earlier ones counts": (["abcdefgh", "xbcdefgh", "abcdefgh12"], [0, 0, 8]),
    "what comes later does not": (["abcd", "abcdefgh", "abcdefgh"], [0, 4, 8]),
}


@pytest.mark.parametrize(("prompts", "limits"), SHARED.values(), ids=SHARED)
def test_what_can_be_cached(prompts: list[str], limits: list[int]) -> None:
    assert possible([[ord(char) for char in prompt] for prompt in prompts], 4) == limits


def test_the_reference_leaves_out_the_attribution_alone(sessions: list[dict[str, Any]]) -> None:
    chat = reference(sessions[-1])
    assert chat["messages"][0]["content"].startswith("You work on the project")
    assert "billing" not in json.dumps(chat)
    assert [tool["function"]["name"] for tool in chat["tools"]] == ["Write", "Read", "Bash", "Edit"]
    roles = [message["role"] for message in chat["messages"]]
    assert "".join(role[0] for role in roles) == "sus" + "att" + "atts" + "att" + "atts" + "att"
    same = takewhile(
        lambda pair: pair[0] == pair[1],
        zip(reference(sessions[4])["messages"], reference(sessions[5])["messages"], strict=False),
    )
    assert len(list(same)) == len(reference(sessions[4])["messages"])
