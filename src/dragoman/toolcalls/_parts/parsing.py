"""One text parsed from end to end, for the command line, tests and benchmarks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Repaired,
    Rethought,
    TextDelta,
    ThinkingDelta,
)
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.naming import ANYTHING, Toolset
from dragoman.toolcalls._parts.parser import Parser
from dragoman.toolcalls._parts.schema import compile_schema

PLAIN: Mapping[type, str] = {
    TextDelta: "text",
    ThinkingDelta: "thinking",
    CallStarted: "call",
    CallArguments: "arguments",
    CallEnded: "call_end",
    Repaired: "repaired",
    Rethought: "rethought",
}


def offered(tools: Iterable[Mapping[str, Any]] | None) -> Toolset:
    """Tools in OpenAI's or Anthropic's form; None: nobody knows what was on offer."""
    if tools is None:
        return ANYTHING
    shapes = {}
    for tool in tools:
        function = tool.get("function") or tool
        shapes[str(function["name"])] = compile_schema(
            function.get("parameters") or function.get("input_schema") or {}
        )
    return Toolset(shapes)


def released(
    format: Format,
    tools: Toolset,
    pieces: Iterable[str],
    starts_in_reasoning: bool | None = None,
    cut: bool = False,
) -> list[list[Event]]:
    """What each piece releases, and last what the end does."""
    parser = Parser(format, tools, starts_in_reasoning)
    return [*(parser.feed(piece) for piece in pieces), parser.close(cut)]


def summary(events: Iterable[Event]) -> dict[str, Any]:
    """What events come to: `content`, `reasoning`, `tool_calls`, `repairs`.

    Arguments that are no JSON object, since the call was broken off, are given as their text.
    """
    content: list[str] = []
    reasoning: list[str] = []
    calls: list[tuple[str, list[str]]] = []
    repairs: list[str] = []
    for event in events:
        match event:
            case TextDelta(text):
                content.append(text)
            case ThinkingDelta(text):
                reasoning.append(text)
            case Rethought():
                reasoning, content = reasoning + content, []
            case CallStarted(_, name):
                calls.append((name, []))
            case CallArguments(text):
                calls[-1][1].append(text)
            case Repaired(kind):
                repairs.append(kind)
    return {
        "content": "".join(content) or None,
        "reasoning": "".join(reasoning) or None,
        "tool_calls": [{"name": name, "arguments": _object("".join(pieces))} for name, pieces in calls],
        "repairs": repairs,
    }


def parse(
    text: str,
    format: Format,
    tools: Toolset,
    pieces: Sequence[str] | None = None,
    starts_in_reasoning: bool | None = None,
    cut: bool = False,
) -> dict[str, Any]:
    """What a model's text comes to; `pieces` is the text as it was cut, where it was."""
    fed = [text] if pieces is None else pieces
    return summary(
        event for events in released(format, tools, fed, starts_in_reasoning, cut) for event in events
    )


def plain(event: Event) -> dict[str, Any]:
    """An event as JSON would have it."""
    if isinstance(event, Repaired):
        return {"type": PLAIN[Repaired], "kind": event.kind}
    return {"type": PLAIN[type(event)], **{key: getattr(event, key) for key in event.__struct_fields__}}


def _object(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) else text
