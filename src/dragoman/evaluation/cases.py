"""Conversations with the calls that must follow: the project's own, one JSON object per line, or BFCL's.

Our line: `{"id", "kind", "messages", "tools", "calls": [{"name", "arguments"}]}`, messages and tools as Chat
Completions take them; no calls where no tool fits. BFCL: questions and possible answers in two files, as at
https://gorilla.cs.berkeley.edu/leaderboard.html (its single-turn categories).
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from dragoman.model.errors import BadRequest

TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": None, "hashmap": "object"}
"""BFCL's names of types that are not JSON Schema's."""


class Expected(Struct, frozen=True):
    """A call: `allowed` holds each argument's values that count as right, `optional` what may be absent."""

    name: str
    allowed: Mapping[str, tuple[Any, ...]]
    optional: frozenset[str] = frozenset()


class Case(Struct, frozen=True):
    id: str
    kind: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    expected: tuple[Expected, ...]


class Call(Struct, frozen=True):
    name: str
    arguments: dict[str, Any]


class Line(Struct, frozen=True):
    id: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    calls: list[Call]
    kind: str = "tools"


class Question(Struct, frozen=True):
    id: str
    question: list[list[dict[str, Any]]]
    function: list[dict[str, Any]]


class Answer(Struct, frozen=True):
    id: str
    ground_truth: list[dict[str, dict[str, list[Any]]]]


def own() -> list[Case]:
    """The cases that come with the project."""
    return read(files("dragoman.evaluation").joinpath("cases.jsonl").read_bytes().splitlines())


def read(lines: Iterable[bytes]) -> list[Case]:
    """Cases of our own form. Raises BadRequest with the number of a line that is none."""
    return [from_line(line) for line in decoded(lines, Line)]


def read_bfcl(questions: Iterable[bytes], answers: Iterable[bytes]) -> list[Case]:
    """Cases of BFCL's form; a question without an answer expects no call, as in its irrelevance category.

    Raises BadRequest where a line is none, or where a question has several turns.
    """
    known = {answer.id: answer for answer in decoded(answers, Answer)}
    cases = []
    for question in decoded(questions, Question):
        if len(question.question) != 1:
            raise BadRequest(f"{question.id}: only BFCL's single-turn categories can be run")
        truth = known[question.id].ground_truth if question.id in known else []
        expected = tuple(bfcl_call(name, given) for call in truth for name, given in call.items())
        tools = [bfcl_tool(function) for function in question.function]
        kind = question.id.rpartition("_")[0] or "bfcl"
        cases.append(Case(question.id, kind, question.question[0], tools, expected))
    return cases


def decoded(lines: Iterable[bytes], type: Any) -> Iterable[Any]:
    decoder = msgspec.json.Decoder(type)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(f"line {number} is no case: {error}") from None


def from_line(line: Line) -> Case:
    calls = (
        Expected(call.name, {name: (value,) for name, value in call.arguments.items()}) for call in line.calls
    )
    return Case(line.id, line.kind, line.messages, line.tools, tuple(calls))


def bfcl_call(name: str, given: Mapping[str, list[Any]]) -> Expected:
    """BFCL lists an empty string among the values of what may be left out."""
    optional = frozenset(key for key, values in given.items() if "" in values)
    return Expected(plain_name(name), {key: tuple(values) for key, values in given.items()}, optional)


def bfcl_tool(function: Mapping[str, Any]) -> dict[str, Any]:
    parameters = schema(function.get("parameters") or {"type": "object", "properties": {}})
    described = {"description": function.get("description", ""), "parameters": parameters}
    return {"type": "function", "function": {"name": plain_name(str(function["name"])), **described}}


def plain_name(name: str) -> str:
    """Protocols allow no dots in the names of tools."""
    return name.replace(".", "_")


def schema(node: Any) -> Any:
    """A BFCL schema as JSON Schema."""
    if isinstance(node, list):
        return [schema(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    made = {name: schema(value) for name, value in node.items()}
    kind = node.get("type")
    if isinstance(kind, str) and kind.lower() in TYPES:
        made["type"] = TYPES[kind.lower()]
        if made["type"] is None:
            del made["type"]
    return made
