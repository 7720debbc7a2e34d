"""The messages of a chat completion, as clients send them, as turns.

Beside OpenAI's own parts, agents send those of other protocols here: Cursor sends Anthropic's blocks to a
model with a Claude's name, and history in the parts of the Responses API.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, Document, Image, Opaque, Text, Thinking, ToolCall, ToolResult, Turn
from dragoman.wire.fields import Fields, well_formed
from dragoman.wire.freeform import wrap

DEPTH = 4
"""How deep parts may stand in parts: a picture in a tool's result, and some room."""


class WireUrl(Struct):
    url: str


class WireFile(Struct):
    filename: str | None = None
    file_data: str | None = None


class WireSource(Struct):
    """Where one of Anthropic's pictures or documents is."""

    type: str = ""
    media_type: str = ""
    data: str = ""
    url: str = ""


class WirePart(Struct):
    type: str
    text: str | None = None
    image_url: WireUrl | str | None = None
    refusal: str | None = None
    file: WireFile | None = None
    filename: str | None = None
    file_data: str | None = None
    thinking: str | None = None
    source: WireSource | None = None
    title: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw | UnsetType = UNSET
    tool_use_id: str | None = None
    content: "str | list[WirePart] | None" = None
    is_error: bool | None = None


class WireFunction(Struct):
    name: str
    arguments: str | dict[str, Any] | None = None


class WireCustom(Struct):
    name: str
    input: str = ""


class WireCall(Struct):
    id: str = ""
    function: WireFunction | None = None
    custom: WireCustom | None = None


class WireMessage(Struct):
    role: str
    content: str | list[WirePart] | None = None
    name: str | None = None
    tool_calls: list[WireCall] | None = None
    function_call: WireFunction | None = None
    tool_call_id: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


MESSAGES = Decoder(list[WireMessage])


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
            return Turn("assistant", (*thinking(message), *blocks, *calls(message, index)))
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


def content(wire: str | list[WirePart] | None, depth: int = 0) -> tuple[Block, ...]:
    if wire is None:
        return ()
    if isinstance(wire, str):
        return (Text(wire),) if wire else ()
    if depth > DEPTH:
        raise BadRequest(f"$.messages: content is nested more than {DEPTH} deep")
    return tuple([part(each, depth + 1) for each in wire])


def part(wire: WirePart, depth: int) -> Block:
    match wire.type:
        case "text" | "refusal" | "input_text" | "output_text":
            return Text(wire.text or wire.refusal or "")
        case "image_url" | "input_image" if wire.image_url is not None:
            url = wire.image_url if isinstance(wire.image_url, str) else wire.image_url.url
            return image(url)
        case "file" | "input_file" if file := attached(wire):
            return file
    return part_of_anthropic(wire, depth) or Opaque(wire.type, Raw(msgspec.json.encode(wire)))


def part_of_anthropic(wire: WirePart, depth: int) -> Block | None:
    match wire:
        case WirePart(type="thinking", thinking=str(text)):
            return Thinking(text)
        case WirePart(type="tool_use", id=str(id), name=str(name)):
            given = "{}" if wire.input is UNSET else well_formed(bytes(wire.input)).decode()
            return ToolCall(id, name, given)
        case WirePart(type="tool_result", tool_use_id=str(id)):
            return ToolResult(id, content(wire.content, depth), bool(wire.is_error))
        case WirePart(type="image", source=WireSource() as source):
            return Image(source.media_type, source.data, source.url)
        case WirePart(type="document", source=WireSource(type="text") as source):
            return Document(wire.title or "", source.media_type, text=source.data)
        case WirePart(type="document", source=WireSource() as source):
            return Document(wire.title or "", source.media_type, source.data, url=source.url)
    return None


def image(url: str) -> Image:
    media_type, data = inline(url)
    return Image(media_type, data) if data else Image(url=url)


def attached(wire: WirePart) -> Document | None:
    """A file within the request; one that OpenAI would keep is not here."""
    file = wire.file or WireFile(wire.filename, wire.file_data)
    media_type, data = inline(file.file_data or "")
    return Document(file.filename or "", media_type, data) if data else None


def inline(url: str) -> tuple[str, str]:
    """Media type and base64 of a `data:` URL; nothing of another."""
    head, _, data = url.partition(";base64,")
    return (head.removeprefix("data:"), data) if head.startswith("data:") and data else ("", "")


def thinking(message: WireMessage) -> tuple[Thinking, ...]:
    text = message.reasoning_content or message.reasoning
    return (Thinking(text),) if text else ()


def calls(message: WireMessage, index: int) -> tuple[ToolCall, ...]:
    """Calls in today's form, or the one of the older `function_call`, whose id is its name."""
    if message.function_call is not None:
        function = message.function_call
        return (ToolCall(function.name, function.name, arguments(function)),)
    return tuple(
        call(wire, f"$.messages[{index}].tool_calls[{i}]") for i, wire in enumerate(message.tool_calls or ())
    )


def call(wire: WireCall, path: str) -> ToolCall:
    if wire.function is not None:
        return ToolCall(wire.id, wire.function.name, arguments(wire.function))
    if wire.custom is not None:
        return ToolCall(wire.id, wire.custom.name, wrap(wire.custom.input))
    raise BadRequest(f"{path}.function: field required")


def arguments(function: WireFunction) -> str:
    """JSON in a string; some clients send the object itself."""
    given = function.arguments
    return msgspec.json.encode(given).decode() if isinstance(given, dict) else given or "{}"
