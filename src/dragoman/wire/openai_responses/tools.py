"""The tools of a request, and what a call of one is named to the client.

Function tools go to the model as they are. A freeform (`custom`) tool becomes a function with one
string, a tool inside a namespace a function with a flat name; `origins` knows the way back.
Tools that OpenAI runs itself (web_search, code_interpreter, ...) keep their kind and are not offered.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder, encode

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Tool, ToolChoice
from dragoman.wire.fields import BOOL, STRING, Fields
from dragoman.wire.freeform import SCHEMA, described

DEFAULT_NAMESPACE = "functions"
"""Codex puts tools in it that are called without a namespace."""


class WireFormat(Struct):
    type: str = "text"
    syntax: str = ""
    definition: str = ""


class WireTool(Struct):
    type: str
    name: str = ""
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None
    format: WireFormat | None = None
    tools: "list[WireTool] | None" = None


class WireNamed(Struct):
    type: str
    name: str = ""
    namespace: str | None = None
    mode: Literal["auto", "required"] = "auto"
    tools: "list[WireNamed] | None" = None


TOOLS = Decoder(list[WireTool])
CHOICE = Decoder(str | WireNamed)
MODES: dict[str, Literal["auto", "required", "none"]] = {
    "auto": "auto",
    "required": "required",
    "none": "none",
}


class Origin(Struct, frozen=True):
    """What the client calls a tool."""

    name: str
    namespace: str = ""
    freeform: bool = False


def flat_name(name: str, namespace: str | None) -> str:
    """What the model calls a tool."""
    if not namespace or namespace == DEFAULT_NAMESPACE:
        return name
    return f"{namespace.removesuffix('__')}__{name}"


def offered(wire: Iterable[WireTool], namespace: str = "", about: str = "") -> list[Tool]:
    """Tools as the model sees them. The first of a namespace says what the namespace is `about`."""
    tools: list[Tool] = []
    for tool in wire:
        if tool.type == "namespace":
            tools += offered(tool.tools or (), tool.name, tool.description or "")
            continue
        tools.append(to_model(tool, namespace, about))
        about = ""
    return tools


def to_model(tool: WireTool, namespace: str, about: str) -> Tool:
    description = tool.description or ""
    if about:
        description = f"[{namespace}: {about}]\n{description}"
    match tool.type:
        case "function" | "custom" if not tool.name:
            raise BadRequest(f"$.tools: a tool of type {tool.type} without a name")
        case "function":
            return function(tool, description, namespace)
        case "custom":
            return freeform(tool, description, namespace)
    return Tool(tool.name or tool.type, description, kind=tool.type)


def function(tool: WireTool, description: str, namespace: str) -> Tool:
    name, extra = flat_name(tool.name, namespace), origin_fields(tool.name, namespace)
    given = tool.parameters
    if given is UNSET or bytes(given) == b"null":
        return Tool(name, description, strict=tool.strict, extra=extra)
    if not bytes(given).startswith(b"{"):
        raise BadRequest(f"$.tools: the parameters of {tool.name!r} are no JSON object")
    return Tool(name, description, given.copy(), strict=tool.strict, extra=extra)


def freeform(tool: WireTool, description: str, namespace: str) -> Tool:
    grammar = tool.format or WireFormat()
    told = described(description, grammar.syntax, grammar.definition)
    extra = {**origin_fields(tool.name, namespace), "freeform": Raw(b"true")}
    return Tool(flat_name(tool.name, namespace), told, SCHEMA, extra=extra)


def origin_fields(name: str, namespace: str) -> dict[str, Raw]:
    """What `origins` reads; nothing where the tool's flat name says it all."""
    if flat_name(name, namespace) == name:
        return {}
    return {"name": Raw(encode(name)), "namespace": Raw(encode(namespace))}


def origins(tools: Iterable[Tool]) -> Mapping[str, Origin]:
    """The tools whose calls must be named or shaped otherwise for the client, by flat name."""
    found: dict[str, Origin] = {}
    for tool in tools:
        extra = tool.extra
        if extra:
            name = STRING.decode(extra["name"]) if "name" in extra else tool.name
            namespace = STRING.decode(extra["namespace"]) if "namespace" in extra else ""
            found[tool.name] = Origin(name, namespace, "freeform" in extra)
    return found


def tool_choice(fields: Fields, tools: tuple[Tool, ...]) -> tuple[ToolChoice, tuple[Tool, ...]]:
    """The choice, and the tools that it leaves: `allowed_tools` names those that may be called."""
    parallel = fields.take("parallel_tool_calls", BOOL) is not False
    wire = fields.take("tool_choice", CHOICE)
    match wire:
        case None:
            return ToolChoice(parallel=parallel), tools
        case str() if wire in MODES:
            return ToolChoice(MODES[wire], parallel=parallel), tools
        case WireNamed(type="function" | "custom", name=name) if name:
            return ToolChoice("named", flat_name(name, wire.namespace), parallel), tools
        case WireNamed(type="allowed_tools"):
            names = {flat_name(tool.name, tool.namespace) for tool in wire.tools or ()}
            return ToolChoice(wire.mode, parallel=parallel), tuple(t for t in tools if t.name in names)
        case WireNamed(type=kind):
            raise BadRequest(f"$.tool_choice.type: {kind!r} cannot be asked for; its tool is not run here")
    raise BadRequest("$.tool_choice: expected auto, required, none or a named tool")
