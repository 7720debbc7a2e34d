"""Content blocks of Anthropic's Messages protocol, as they stand on the wire.

Known kinds are decoded in one pass with JSON paths in their errors. A kind that a newer client
may send and we do not know becomes `Opaque`; only then is the JSON walked a second time.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, Document, Image, Opaque, Text, Thinking, ToolCall, ToolResult
from dragoman.wire.fields import at

OPAQUE = "\0opaque"


class TextBlock(Struct, tag_field="type", tag="text"):
    text: str


class Source(Struct):
    type: str
    media_type: str = ""
    data: str = ""
    url: str = ""
    content: Raw | UnsetType = UNSET


class ImageBlock(Struct, tag_field="type", tag="image"):
    source: Source


class DocumentBlock(Struct, tag_field="type", tag="document"):
    source: Source
    title: str | None = None


class ThinkingBlock(Struct, tag_field="type", tag="thinking"):
    thinking: str
    signature: str | None = None


class RedactedBlock(Struct, tag_field="type", tag="redacted_thinking"):
    data: str = ""


class ToolUseBlock(Struct, tag_field="type", tag="tool_use"):
    id: str
    name: str
    input: Raw = Raw(b"{}")


class ToolResultBlock(Struct, tag_field="type", tag="tool_result"):
    tool_use_id: str
    content: "str | list[WireBlock] | None" = None
    is_error: bool | None = None


class OpaqueBlock(Struct, tag_field="type", tag=OPAQUE):
    kind: str
    raw: Raw


WireBlock = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedBlock
    | ToolUseBlock
    | ToolResultBlock
    | OpaqueBlock
)
KNOWN = {"text", "image", "document", "thinking", "redacted_thinking", "tool_use", "tool_result"}


class WireMessage(Struct):
    role: str
    content: str | list[WireBlock]


MESSAGES = Decoder(list[WireMessage])
SYSTEM = Decoder(str | list[WireBlock])


def decode_blocks(path: str, raw: Raw, decoder: Decoder[Any]) -> Any:
    """Decode JSON that holds content blocks; raises BadRequest with the path below `path`."""
    try:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            if ".type`" not in str(error):
                raise
            return decoder.decode(msgspec.json.encode(hide_unknown(msgspec.json.decode(raw))))
    except msgspec.ValidationError as error:
        raise BadRequest(at(path, error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{path}: not valid JSON: {error}") from None


def hide_unknown(value: Any) -> Any:
    """Blocks of unknown kind, inside lists at any depth of content, turned into opaque ones."""
    if isinstance(value, list):
        return [hide_unknown(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if "role" not in value and isinstance(kind, str) and kind not in KNOWN:
        return {"type": OPAQUE, "kind": kind, "raw": value}
    if isinstance(value.get("content"), list):
        return value | {"content": hide_unknown(value["content"])}
    return value


def to_model(content: str | list[WireBlock] | None) -> tuple[Block, ...]:
    """Wire content as our blocks. A string is one text block."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),) if content else ()
    return tuple(map(block_to_model, content))


def block_to_model(block: WireBlock) -> Block:
    match block:
        case TextBlock(text=text):
            return Text(text)
        case ToolUseBlock():
            return ToolCall(block.id, block.name, bytes(block.input).decode())
        case ToolResultBlock():
            return ToolResult(block.tool_use_id, to_model(block.content), bool(block.is_error))
        case ThinkingBlock():
            return Thinking(block.thinking, block.signature or "")
        case RedactedBlock():
            return Thinking("", block.data, redacted=True)
        case ImageBlock(source=source):
            return Image(source.media_type, source.data, source.url)
        case DocumentBlock():
            return document(block)
        case OpaqueBlock():
            return Opaque(block.kind, block.raw.copy())


def document(block: DocumentBlock) -> Block:
    """A document by the kind of its source: text, base64 file, URL, or content blocks."""
    source, title = block.source, block.title or ""
    if source.type == "text":
        return Document(title, source.media_type, text=source.data)
    if source.type == "content" and source.content is not UNSET:
        parts = to_model(decode_blocks("$.source.content", source.content, SYSTEM))
        return Document(title, "text/plain", text="\n".join(p.text for p in parts if isinstance(p, Text)))
    return Document(title, source.media_type, source.data, url=source.url)
