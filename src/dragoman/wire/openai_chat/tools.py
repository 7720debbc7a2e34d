"""The tools of a chat completion in every form that clients offer them, and how calls of each go back.

OpenAI's own are `{type: function, function: {...}}`, `{type: custom, custom: {...}}` and, older, `functions`.
Cursor sends the flat forms of the Responses API and of Anthropic's protocol as well, also in one request with
OpenAI's own. A custom tool takes raw text; the model sees it as a function (see wire/freeform.py).
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder, encode

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Tool, ToolChoice
from dragoman.wire.fields import BOOL, Fields
from dragoman.wire.freeform import SCHEMA, described

Shape = Literal["function", "text", "custom", "legacy"]
"""How a call goes back: as usual; as usual, but with the raw text of a flat custom tool as its arguments,
which is what Cursor reads; as `custom`; as the older `function_call`."""

SHAPE = "shape"


class WireGrammar(Struct):
    syntax: str = ""
    definition: str = ""


class WireToolFormat(Struct):
    """Flat as in the Responses API, or with a `grammar` inside."""

    syntax: str = ""
    definition: str = ""
    grammar: WireGrammar | None = None


class WireCustom(Struct):
    name: str
    description: str | None = None
    format: WireToolFormat | None = None


class WireFunction(Struct):
    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None


class WireTool(Struct):
    type: str | None = None
    function: WireFunction | None = None
    custom: WireCustom | None = None
    name: str | None = None
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    input_schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    format: WireToolFormat | None = None


class WireName(Struct):
    name: str = ""


class WireNamed(Struct):
    type: str = "function"
    function: WireName | None = None
    custom: WireName | None = None
    name: str = ""
    allowed_tools: "WireAllowed | None" = None
    disable_parallel_tool_use: bool = False


class WireAllowed(Struct):
    mode: Literal["auto", "required"] = "auto"
    tools: list[WireNamed] = []


SHAPES: Decoder[Shape] = Decoder(Shape)
TOOLS = Decoder(list[WireTool])
FUNCTIONS = Decoder(list[WireFunction])
CHOICE = Decoder(str | WireNamed)
MODES: Mapping[str, Literal["auto", "required", "none"]] = {
    "auto": "auto",
    "required": "required",
    "any": "required",
    "none": "none",
}


def tools(fields: Fields) -> tuple[Tool, ...]:
    legacy = fields.take("functions", FUNCTIONS) or ()
    wire = fields.take("tools", TOOLS) or ()
    return (
        *(tool_to_model(tool, f"$.tools[{index}]") for index, tool in enumerate(wire)),
        *(function_to_model(function, "legacy") for function in legacy),
    )


def tool_to_model(tool: WireTool, path: str) -> Tool:
    if tool.function is not None:
        return function_to_model(tool.function)
    if tool.custom is not None:
        return custom_to_model(tool.custom, "custom")
    if tool.type in ("function", None) and tool.name is None:
        raise BadRequest(f"{path}.function: field required")
    if tool.type == "custom":
        if not tool.name:
            raise BadRequest(f"{path}.custom: field required")
        return custom_to_model(WireCustom(tool.name, tool.description, tool.format), "text")
    if tool.type in ("function", None) or tool.input_schema is not UNSET:
        given = tool.input_schema if tool.parameters is UNSET else tool.parameters
        return function_to_model(WireFunction(tool.name or "", tool.description, given, tool.strict))
    return Tool(tool.name or tool.type, tool.description or "", kind=tool.type)


def function_to_model(function: WireFunction, shape: Shape = "function") -> Tool:
    extra = shaped(shape)
    given, about = function.parameters, function.description or ""
    if given is UNSET or bytes(given) == b"null":
        return Tool(function.name, about, strict=function.strict, extra=extra)
    return Tool(function.name, about, given, strict=function.strict, extra=extra)


def custom_to_model(tool: WireCustom, shape: Shape) -> Tool:
    form = tool.format or WireToolFormat()
    grammar = form.grammar or WireGrammar(form.syntax, form.definition)
    told = described(tool.description or "", grammar.syntax, grammar.definition)
    return Tool(tool.name, told, SCHEMA, extra=shaped(shape))


def shaped(shape: Shape) -> dict[str, Raw]:
    return {} if shape == "function" else {SHAPE: Raw(encode(shape))}


def shapes(offered: Iterable[Tool]) -> Mapping[str, Shape]:
    """How calls go back of those tools whose calls don't go as usual; by name."""
    found: dict[str, Shape] = {}
    for tool in offered:
        if SHAPE in tool.extra:
            found[tool.name] = SHAPES.decode(tool.extra[SHAPE])
        elif "freeform" in tool.extra:  # of a body in the form of the Responses API
            found[tool.name] = "text"
    return found


def tool_choice(fields: Fields, offered: tuple[Tool, ...]) -> tuple[ToolChoice, tuple[Tool, ...]]:
    """The choice, and the tools that it leaves: `allowed_tools` names those that may be called.

    The older `function_call` has room for one call, so no more than one is asked for.
    """
    parallel = fields.take("parallel_tool_calls", BOOL) is not False
    parallel = parallel and "legacy" not in shapes(offered).values()
    wire = fields.take("tool_choice", CHOICE) or fields.take("function_call", CHOICE)
    match wire:
        case None:
            return ToolChoice(parallel=parallel), offered
        case str() if wire in MODES:
            return ToolChoice(MODES[wire], parallel=parallel), offered
        case WireNamed(allowed_tools=WireAllowed() as allowed):
            names = {name_of(tool) for tool in allowed.tools}
            return ToolChoice(allowed.mode, parallel=parallel), tuple(t for t in offered if t.name in names)
        case WireNamed() if name := name_of(wire):
            return ToolChoice("named", name, parallel and not wire.disable_parallel_tool_use), offered
        case WireNamed(type=kind) if kind in MODES:
            parallel = parallel and not wire.disable_parallel_tool_use
            return ToolChoice(MODES[kind], parallel=parallel), offered
    raise BadRequest("$.tool_choice: expected auto, required, none or a named function")


def name_of(wire: WireNamed) -> str:
    named = wire.function or wire.custom
    return named.name if named else wire.name
