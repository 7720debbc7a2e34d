"""Engines, one module each: how it is started, where it is ours to start; how to find out about it.

`survey` is a conversation without I/O: it yields what to ask, is sent the answer, and returns what it
found out, or None where the engine is of another kind. Questions cost the engine next to nothing.
"""

from collections.abc import Generator, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


class Question(Struct, frozen=True):
    """A request to an engine, at a path below its root; with a body it is a POST."""

    path: str
    body: Mapping[str, Any] | None = None


class Reply(Struct, frozen=True):
    """`status` 0: no answer came."""

    status: int
    body: bytes = b""

    @property
    def json(self) -> dict[str, Any]:
        """The body's object, empty where it is none."""
        try:
            value = msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


Survey = Generator[Question, Reply, EngineFacts | None]

TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a word up in the dictionary.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
HELLO = [{"role": "user", "content": "Hello"}]
LONGEST_VERSION = 60


class Engine(Protocol):
    def survey(self, model: str, profile: Profile) -> Survey:
        """Find out about an engine that serves `model`."""


def one_token(model: str, **fields: Any) -> Question:
    """A chat completion of a single token."""
    return Question(
        "/v1/chat/completions",
        {"model": model, "messages": HELLO, "max_tokens": 1, "temperature": 0, **fields},
    )


def prompt_tokens(reply: Reply) -> int | None:
    """The size of the prompt, from a chat completion's usage or from a count."""
    found = reply.json
    usage = found.get("usage")
    value = usage.get("prompt_tokens") if isinstance(usage, dict) else found.get("count")
    return value if type(value) is int else None


def brief(value: object) -> str:
    """What an engine says of itself, fit for one line of a log; empty where it is no text or number."""
    if not isinstance(value, str | int | float):
        return ""
    return "".join(char for char in str(value) if char.isprintable())[:LONGEST_VERSION]
