"""OpenAI's `POST /v1/chat/completions`, as clients send it: the body as a Request.

Source: https://platform.openai.com/docs/api-reference/chat/create and what agents send.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import (
    Block,
    Image,
    Opaque,
    OutputFormat,
    Reasoning,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from dragoman.wire.fields import BOOL, COUNT, NUMBER, STRING, Fields


class WireUrl(Struct):
    url: str


class WirePart(Struct):
    type: str
    text: str | None = None
    image_url: WireUrl | str | None = None
    refusal: str | None = None


class WireFunction(Struct):
    name: str
    arguments: str | None = None


class WireCall(Struct):
    function: WireFunction
    id: str = ""


class WireMessage(Struct):
    role: str
    content: str | list[WirePart] | None = None
    name: str | None = None
    tool_calls: list[WireCall] | None = None
    function_call: WireFunction | None = None
    tool_call_id: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class WireToolFunction(Struct):
    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None


class WireTool(Struct):
    type: str = "function"
    function: WireToolFunction | None = None


class WireNamed(Struct):
    type: str = "function"
    function: WireFunction | None = None
    name: str = ""


class WireSchema(Struct):
    name: str = "output"
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None


class WireFormat(Struct):
    type: str
    json_schema: WireSchema | None = None


class WireStreamOptions(Struct):
    include_usage: bool = False


MESSAGES = Decoder(list[WireMessage])
TOOLS = Decoder(list[WireTool])
FUNCTIONS = Decoder(list[WireToolFunction])
CHOICE = Decoder(str | WireNamed)
FORMAT = Decoder(WireFormat)
STOP = Decoder(str | list[str])
STREAM_OPTIONS = Decoder(WireStreamOptions)

SAMPLING = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "seed",
)


def decode_request(body: bytes) -> Request:
    """A Request from the JSON of a chat completion. Raises BadRequest with the JSON path."""
    fields = Fields(body)
    if (fields.take("n", COUNT) or 1) > 1:
        raise BadRequest("$.n: only one choice per request is served here")
    options = fields.take("stream_options", STREAM_OPTIONS)
    system, turns = conversation(fields)
    limit = fields.positive("max_tokens")
    return Request(
        model=fields.need("model", STRING),
        turns=turns,
        system=system,
        tools=tools(fields),
        tool_choice=tool_choice(fields),
        max_tokens=fields.positive("max_completion_tokens") or limit,
        stop=stop(fields),
        sampling=sampling(fields),
        reasoning=Reasoning(effort=fields.take("reasoning_effort", STRING) or ""),
        output=output_format(fields),
        stream=fields.take("stream", BOOL) is True,
        stream_usage=bool(options and options.include_usage),
        session=fields.take("prompt_cache_key", STRING) or fields.take("user", STRING) or "",
        extra=fields.rest(),
    )


def sampling(fields: Fields) -> dict[str, float]:
    values = {name: fields.take(name, NUMBER) for name in SAMPLING}
    return {name: value for name, value in values.items() if value is not None}


def stop(fields: Fields) -> tuple[str, ...]:
    value = fields.take("stop", STOP)
    listed = [value] if isinstance(value, str) else value or []
    return tuple(text for text in listed if text)


def conversation(fields: Fields) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """System texts that open the conversation, then the turns; results of one step share a turn."""
    messages = fields.need("messages", MESSAGES)
    if not messages:
        raise BadRequest("$.messages: at least one message is required")
    first = next((i for i, m in enumerate(messages) if m.role not in ("system", "developer")), len(messages))
    system = tuple(block for m in messages[:first] for block in content(m.content) if isinstance(block, Text))
    turns = tuple(turn(message, i) for i, message in enumerate(messages[first:], first))
    return (system, turns) if turns else ((), (Turn("user", system),))


def turn(message: WireMessage, index: int) -> Turn:
    blocks = content(message.content)
    match message.role:
        case "assistant":
            return Turn("assistant", (*thinking(message), *blocks, *calls(message)))
        case "tool":
            if message.tool_call_id is None:
                raise BadRequest(f"$.messages[{index}].tool_call_id: field required")
            return Turn("user", (ToolResult(message.tool_call_id, blocks),))
        case "function":
            return Turn("user", (ToolResult(message.name or "", blocks),))
        case "system" | "developer":
            return Turn("system", blocks)
        case "user":
            return Turn("user", blocks)
        case other:
            return Turn("user", (Text(f"[a message of the unknown role {other!r}]"), *blocks))


def content(wire: str | list[WirePart] | None) -> tuple[Block, ...]:
    if wire is None:
        return ()
    if isinstance(wire, str):
        return (Text(wire),) if wire else ()
    return tuple(map(part, wire))


def part(wire: WirePart) -> Block:
    match wire.type:
        case "text" | "refusal" | "input_text" | "output_text":
            return Text(wire.text or wire.refusal or "")
        case "image_url" if wire.image_url is not None:
            url = wire.image_url if isinstance(wire.image_url, str) else wire.image_url.url
            return image(url)
        case kind:
            return Opaque(kind, Raw(msgspec.json.encode(wire)))


def image(url: str) -> Image:
    head, _, data = url.partition(";base64,")
    if head.startswith("data:") and data:
        return Image(head.removeprefix("data:"), data)
    return Image(url=url)


def thinking(message: WireMessage) -> tuple[Thinking, ...]:
    text = message.reasoning_content or message.reasoning
    return (Thinking(text),) if text else ()


def calls(message: WireMessage) -> tuple[ToolCall, ...]:
    """Calls in today's form, or the one of the older `function_call`, whose id is its name."""
    if message.function_call is not None:
        function = message.function_call
        return (ToolCall(function.name, function.name, function.arguments or "{}"),)
    return tuple(
        ToolCall(call.id, call.function.name, call.function.arguments or "{}")
        for call in message.tool_calls or ()
    )


def tools(fields: Fields) -> tuple[Tool, ...]:
    legacy = fields.take("functions", FUNCTIONS) or []
    wire = fields.take("tools", TOOLS) or []
    for index, tool in enumerate(wire):
        if tool.function is None and tool.type == "function":
            raise BadRequest(f"$.tools[{index}].function: field required")
    functions = [*(tool.function for tool in wire if tool.function), *legacy]
    return tuple(map(tool_to_model, functions))


def tool_to_model(function: WireToolFunction) -> Tool:
    if function.parameters is UNSET or bytes(function.parameters) == b"null":
        return Tool(function.name, function.description or "", strict=function.strict)
    return Tool(function.name, function.description or "", function.parameters, strict=function.strict)


def tool_choice(fields: Fields) -> ToolChoice:
    parallel = fields.take("parallel_tool_calls", BOOL) is not False
    wire = fields.take("tool_choice", CHOICE) or fields.take("function_call", CHOICE)
    modes: dict[str, Literal["auto", "required", "none"]] = {
        "auto": "auto",
        "required": "required",
        "any": "required",
        "none": "none",
    }
    match wire:
        case None:
            return ToolChoice(parallel=parallel)
        case str() if wire in modes:
            return ToolChoice(modes[wire], parallel=parallel)
        case WireNamed() if name := wire.function.name if wire.function else wire.name:
            return ToolChoice("named", name, parallel)
        case _:
            raise BadRequest("$.tool_choice: expected auto, required, none or a named function")


def output_format(fields: Fields) -> OutputFormat | None:
    wire: Any = fields.take("response_format", FORMAT)
    match wire:
        case WireFormat(type="json_schema", json_schema=WireSchema() as given):
            schema = None if given.schema is UNSET or bytes(given.schema) == b"null" else given.schema
            return OutputFormat(schema, given.name, given.strict)
        case WireFormat(type="json_schema"):
            raise BadRequest("$.response_format.json_schema: field required")
        case WireFormat(type="json_object"):
            return OutputFormat()
    return None
