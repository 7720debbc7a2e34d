"""Content blocks of Anthropic's Messages protocol, as they stand on the wire.

Known kinds are decoded in one pass with JSON paths in their errors. A kind that a newer client
may send and we do not know becomes `Opaque`; only then is the JSON walked a second time.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, Document, Image, Opaque, Text, Thinking, ToolCall, ToolResult
from dragoman.wire.anthropic.search import recalled
from dragoman.wire.fields import OBJECT, STRING, at, decode, well_formed

OPAQUE = "\0opaque"
DEPTH = 8
"""How deep content may stand in content: a picture in a document in a tool's result, and some room."""


class TextBlock(Struct, tag_field="type", tag="text"):
    text: str


class Source(Struct):
    type: str
    media_type: str = ""
    data: str = ""
    url: str = ""
    content: "str | list[WireBlock] | None" = None


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
ITEMS = Decoder(list[Raw])


def decode_blocks(path: str, raw: Raw, decoder: Decoder[Any]) -> Any:
    """Decode JSON that holds content blocks; raises BadRequest with the path below `path`."""
    try:
        try:
            return decode(decoder, raw)
        except msgspec.ValidationError as error:
            if ".type`" not in str(error):
                raise
            return decode(decoder, hide_unknown(raw))
    except msgspec.ValidationError as error:
        raise BadRequest(at(path, error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{path}: not valid JSON: {error}") from None


def hide_unknown(raw: Raw) -> Raw:
    """JSON with the blocks of unknown kind turned into opaque ones, at any depth of content.

    All else keeps its bytes, so that one new block does not change the prompt before it.
    """
    if not bytes(raw).startswith(b"["):
        return raw
    return Raw(msgspec.json.encode([hide_item(item) for item in ITEMS.decode(raw)]))


def hide_item(raw: Raw) -> Raw:
    """The same for one block, or one message: what has a role is no block."""
    if not bytes(raw).startswith(b"{"):
        return raw
    fields = OBJECT.decode(raw)
    kind = fields.get("type", raw)
    if "role" not in fields and bytes(kind).startswith(b'"') and STRING.decode(kind) not in KNOWN:
        return Raw(msgspec.json.encode({"type": OPAQUE, "kind": kind, "raw": raw}))
    inner = [name for name in ("content", "source") if name in fields]
    if not inner:
        return raw
    hidden = {name: hide_part(fields[name]) for name in inner}
    return Raw(msgspec.json.encode(fields | hidden))


def hide_part(raw: Raw) -> Raw:
    """The same for what a block holds: content, or the source of a document that has content."""
    if not bytes(raw).startswith(b"{"):
        return hide_unknown(raw)
    fields = OBJECT.decode(raw)
    if "content" not in fields:
        return raw
    return Raw(msgspec.json.encode(fields | {"content": hide_unknown(fields["content"])}))


def to_model(content: str | list[WireBlock] | None, depth: int = 0) -> tuple[Block, ...]:
    """Wire content as our blocks. A string is one text block. Raises BadRequest below DEPTH."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if depth > DEPTH:
        raise BadRequest(f"$.messages: content is nested more than {DEPTH} deep")
    return tuple([block_to_model(block, depth + 1) for block in content])


def block_to_model(block: WireBlock, depth: int) -> Block:
    match block:
        case TextBlock(text=text):
            return Text(text)
        case ToolUseBlock():
            return ToolCall(block.id, block.name, well_formed(bytes(block.input)).decode())
        case ToolResultBlock():
            return ToolResult(block.tool_use_id, to_model(block.content, depth), bool(block.is_error))
        case ThinkingBlock():
            return Thinking(block.thinking, block.signature or "")
        case RedactedBlock():
            return Thinking("", block.data, redacted=True)
        case ImageBlock(source=source):
            return Image(source.media_type, source.data, source.url)
        case DocumentBlock():
            return document(block, depth)
        case OpaqueBlock(kind=kind, raw=raw):
            return recalled(kind, raw) or Opaque(kind, raw.copy())


def document(block: DocumentBlock, depth: int) -> Block:
    """A document by the kind of its source: text, base64 file, URL, or content blocks."""
    source, title = block.source, block.title or ""
    if source.type == "text":
        return Document(title, source.media_type, text=source.data)
    if source.type == "content":
        parts = to_model(source.content, depth)
        return Document(title, "text/plain", text="\n".join(p.text for p in parts if isinstance(p, Text)))
    return Document(title, source.media_type, source.data, url=source.url)
