"""Constrained decoding: the structural tag that makes the calls of a reply well-formed as they are written.

Its bytes follow from the tools' bytes and the choice alone, so that an engine compiles it once per session.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.json import decode, encode

from dragoman.model.turn import Request, Tool
from dragoman.toolcalls import Grammar, plain_schema

TAKEN = ("response_format", "structured_outputs", "guided_json")
"""Fields that constrain a reply themselves."""

Named = tuple[tuple[str, bytes], ...]


def structural_tag(request: Request, grammar: Grammar, strict: bool, forces: bool) -> Raw | None:
    """The `response_format` for a request whose calls are read from the model's text; None for none.

    `strict`: as Grammar.tags has it. `forces`: a call that the client demands may be enforced at the
    very beginning of the reply, since no thinking comes before it.
    """
    choice = request.tool_choice
    if choice.mode == "none" or own_constraint(request):
        return None
    tools = [tool for tool in request.tools if choice.mode != "named" or tool.name == choice.name]
    if not tools:
        return None
    named = tuple((tool.name, b"{}" if tool.strict is False else bytes(tool.schema)) for tool in tools)
    demanded = forces and choice.mode in ("required", "named")
    return made(named, grammar, strict, demanded, not choice.parallel)


def own_constraint(request: Request) -> bool:
    """Whether the client constrains the reply itself."""
    return request.output is not None or any(name in request.extra for name in TAKEN)


@lru_cache(maxsize=64)
def made(named: Named, grammar: Grammar, strict: bool, demanded: bool, single: bool) -> Raw:
    tags = [tag for name, schema in named for tag in grammar.tags(name, plain_schema(parsed(schema)), strict)]
    format: dict[str, Any] = {"type": "triggered_tags", "triggers": grammar.triggers, "tags": tags}
    if demanded:
        format["at_least_one"] = True
    if single:
        format["stop_after_first"] = True
    return Raw(encode({"type": "structural_tag", "format": format}))


def parsed(schema: bytes) -> object:
    try:
        return decode(schema)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def strictly(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools with `strict` where the client said nothing of it, for an engine's own parser."""
    return tuple(
        msgspec.structs.replace(tool, strict=True) if tool.strict is None else tool for tool in tools
    )
