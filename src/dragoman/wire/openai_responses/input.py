"""The items of a request's `input` as turns: what one step of the model said is one assistant turn.

Codex 0.169 sends messages (its instructions as the first `developer` ones), reasoning with the
`content` that it was given, function_call, custom_tool_call, their outputs (text, or parts with
pictures) and, for some models, `additional_tools`. Items carry ids, which mean nothing here.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import (
    Block,
    Document,
    Image,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
)
from dragoman.wire.fields import at, decode
from dragoman.wire.freeform import wrap
from dragoman.wire.openai_responses.tools import WireTool, flat_name


class WirePart(Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None


class WireKind(Struct):
    """What says of which kind an item is: messages may leave `type` out, references too."""

    type: str | None = None
    role: str | None = None

    @property
    def name(self) -> str:
        return self.type or ("message" if self.role is not None else "item_reference")


class WireMessage(Struct):
    role: str
    content: str | list[WirePart] | None = None


class WireFunctionCall(Struct):
    name: str
    call_id: str
    arguments: str = ""
    namespace: str | None = None


class WireCustomCall(Struct):
    name: str
    call_id: str
    input: str = ""
    namespace: str | None = None


class WireOutput(Struct):
    call_id: str
    output: str | list[WirePart] | None = None


class WireText(Struct):
    text: str = ""


class WireReasoning(Struct):
    summary: list[WireText] | None = None
    content: list[WireText] | None = None
    encrypted_content: str | None = None


class WireMoreTools(Struct):
    tools: list[WireTool] = []


INPUT = Decoder(str | list[Raw])
KIND = Decoder(WireKind)
MORE_TOOLS = Decoder(WireMoreTools)


def message(wire: WireMessage) -> Turn:
    """A message as a turn. A role of a newer client is a user turn that says so."""
    blocks = content(wire.content)
    match wire.role:
        case "assistant":
            return Turn("assistant", blocks)
        case "system" | "developer":
            return Turn("system", blocks)
        case "user":
            return Turn("user", blocks)
        case other:
            return Turn("user", (Text(f"[a message of the unknown role {other!r}]"), *blocks))


def function_call(wire: WireFunctionCall) -> Turn:
    name = flat_name(wire.name, wire.namespace)
    return Turn("assistant", (ToolCall(wire.call_id, name, wire.arguments or "{}"),))


def custom_call(wire: WireCustomCall) -> Turn:
    name = flat_name(wire.name, wire.namespace)
    return Turn("assistant", (ToolCall(wire.call_id, name, wrap(wire.input)),))


def output(wire: WireOutput) -> Turn:
    return Turn("user", (ToolResult(wire.call_id, content(wire.output)),))


def reasoning(wire: WireReasoning) -> Turn:
    """Thoughts in the open, as we send them. Sealed ones are another model's and stay hidden;
    a summary stands in only where there is nothing else."""
    if wire.content:
        return Turn("assistant", (Thinking("".join(part.text for part in wire.content)),))
    if wire.encrypted_content:
        return Turn("assistant", (Thinking("", wire.encrypted_content, redacted=True),))
    summary = "\n".join(part.text for part in wire.summary or ())
    return Turn("assistant", (Thinking(summary),) if summary else ())


READERS: dict[str, tuple[Decoder[Any], Callable[[Any], Turn]]] = {
    "message": (Decoder(WireMessage), message),
    "function_call": (Decoder(WireFunctionCall), function_call),
    "custom_tool_call": (Decoder(WireCustomCall), custom_call),
    "function_call_output": (Decoder(WireOutput), output),
    "custom_tool_call_output": (Decoder(WireOutput), output),
    "reasoning": (Decoder(WireReasoning), reasoning),
}


def decode_input(given: str | list[Raw]) -> tuple[list[Turn], list[WireTool]]:
    """The turns of an input, and the tools that its items bring. Raises BadRequest with the JSON path."""
    if isinstance(given, str):
        return [Turn("user", (Text(given),))], []
    turns: list[Turn] = []
    tools: list[WireTool] = []
    for index, raw in enumerate(given):
        path = f"$.input[{index}]"
        kind = read(KIND, raw, path).name
        if kind == "item_reference":
            raise BadRequest(
                f"{path}: nothing is stored here that an item_reference could mean; send the item"
            )
        if kind == "additional_tools":
            tools += read(MORE_TOOLS, raw, path).tools
        elif kind in READERS:
            decoder, reader = READERS[kind]
            turns.append(reader(read(decoder, raw, path)))
        else:
            turns.append(unknown(kind, raw))
    return joined(turns), tools


def read(decoder: Decoder[Any], raw: Raw, path: str) -> Any:
    try:
        return decode(decoder, raw)
    except msgspec.ValidationError as error:
        raise BadRequest(at(path, error)) from None


def unknown(kind: str, raw: Raw) -> Turn:
    """An item of a newer client, or of a tool that OpenAI runs: its place is kept."""
    return Turn("assistant" if kind.endswith("_call") else "user", (Opaque(kind, raw.copy()),))


def joined(turns: Iterable[Turn]) -> list[Turn]:
    """Turns with what belongs to one step in one: an assistant's items; results that follow each other."""
    steps: list[Turn] = []
    for turn in turns:
        if steps and belongs(steps[-1], turn):
            steps[-1] = Turn(turn.role, (*steps[-1].blocks, *turn.blocks))
        else:
            steps.append(turn)
    return steps


def belongs(before: Turn, turn: Turn) -> bool:
    if before.role != turn.role:
        return False
    return turn.role == "assistant" or all(
        isinstance(block, ToolResult) for block in (*before.blocks, *turn.blocks)
    )


def content(wire: str | list[WirePart] | None) -> tuple[Block, ...]:
    if wire is None:
        return ()
    if isinstance(wire, str):
        return (Text(wire),) if wire else ()
    return tuple(map(part, wire))


def part(wire: WirePart) -> Block:
    match wire.type:
        case "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text":
            return Text(wire.text or "")
        case "refusal":
            return Text(wire.refusal or "")
        case "input_image" if wire.image_url:
            return image(wire.image_url)
        case "input_file" if wire.file_data or wire.file_url:
            media_type, data = base64_of(wire.file_data or "")
            return Document(wire.filename or "", media_type, data, url=wire.file_url or "")
        case kind:
            return Opaque(kind, Raw(msgspec.json.encode(wire)))


def image(url: str) -> Image:
    media_type, data = base64_of(url)
    return Image(media_type, data) if media_type and data else Image(url=url)


def base64_of(url: str) -> tuple[str, str]:
    """Media type and data of a data URL; what is none is taken for the data alone."""
    head, found, data = url.partition(";base64,")
    return (head.removeprefix("data:"), data) if found and head.startswith("data:") else ("", url)
