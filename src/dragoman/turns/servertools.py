"""Tools that Anthropic's servers would run: offered as the gateway's own, or said to be missing."""

import re
from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Decoder, decode
from msgspec.structs import replace

from dragoman.model.search import Found, Query, listed
from dragoman.model.turn import Request, Text, Tool, ToolCall, ToolChoice, ToolResult, Turn
from dragoman.turns.knowntools import spelled_out

NAME = "web_search"
TOOL = Tool(
    NAME,
    "Searches the web and returns titles, addresses and excerpts of the pages found.",
    Raw(b'{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}'),
)
USES = 5
"""Searches per reply, where the client sets no `max_uses`."""
SHOWN = 8
"""Results that the model is shown per search."""
DOMAINS: Decoder[list[str]] = Decoder(list[str])
USE_COUNT = Decoder(int)
WORD = re.compile(r"_\d{8}$")


def are_functions(tools: Sequence[Tool]) -> bool:
    """Whether no tool is one that a server would run, or that a client names by its type alone."""
    return all([tool.kind == "function" for tool in tools])


def asked_search(tools: Sequence[Tool]) -> Tool | None:
    """The web search that a client leaves to the server."""
    searches = [tool for tool in tools if tool.kind.startswith("web_search_")]
    return searches[0] if searches else None


def with_search(request: Request) -> Request:
    """The request with the server's web search as a function that the model can call."""
    tools = tuple(TOOL if tool.kind.startswith("web_search_") else tool for tool in request.tools)
    return replace(request, tools=tools)


def missing(tools: Sequence[Tool]) -> str:
    """What to say where a client offers only tools that nobody here can run; else nothing."""
    if are_functions(tools) or any(spelled_out(tool) for tool in tools):
        return ""
    kinds = ", ".join(dict.fromkeys(WORD.sub("", tool.kind) for tool in tools))
    return (
        f"This gateway cannot run the tool {kinds}: it is not configured. Web search needs the setting "
        "`search`; other tools of Anthropic's servers do not exist for self-hosted models."
    )


def uses(tool: Tool) -> int:
    raw = tool.extra.get("max_uses")
    try:
        return USE_COUNT.decode(raw) if raw is not None else USES
    except ValueError:
        return USES


def query(call: ToolCall, tool: Tool) -> Query:
    """What the model wants to look for, within the domains that the client allows."""
    try:
        asked = decode(call.arguments)
    except (ValueError, RecursionError):
        asked = call.arguments
    text = str(asked.get("query") or "") if isinstance(asked, dict) else str(asked)
    return Query(text, domains(tool, "allowed_domains"), domains(tool, "blocked_domains"))


def domains(tool: Tool, name: str) -> tuple[str, ...]:
    raw = tool.extra.get(name)
    try:
        return tuple(DOMAINS.decode(raw)) if raw is not None else ()
    except ValueError:
        return ()


def as_text(query: str, found: Sequence[Found], error: str) -> str:
    """What a model reads of a search."""
    if error:
        return f"The web search for {query!r} failed: {error}."
    if not found:
        return f"The web search for {query!r} found nothing."
    return f"Results of the web search for {query!r}:\n{listed(found)}"


def continued(request: Request, said: Sequence[object], results: Sequence[tuple[ToolCall, str]]) -> Request:
    """The request for the next round: what the model said and searched for, then what was found."""
    words = tuple(block for block in said if isinstance(block, Text))
    asked = Turn("assistant", (*words, *(call for call, _ in results)))
    answered = Turn("user", tuple(ToolResult(call.id, (Text(text),)) for call, text in results))
    return replace(
        request, turns=(*request.turns, asked, answered), tool_choice=answerable(request.tool_choice)
    )


def answerable(choice: ToolChoice) -> ToolChoice:
    """A call that was demanded has been made; who demands it again gets no answer, only searches."""
    return ToolChoice(parallel=choice.parallel) if choice.mode in ("required", "named") else choice
