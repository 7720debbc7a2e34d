"""A request and its conversation, in no protocol's own words.

Values are frozen: a step on a request returns a new one. JSON that only travels through
(a tool's schema, an unknown field) stays as its bytes, so that it is neither parsed nor reordered.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Raw, Struct

Role = Literal["user", "assistant", "system"]

EMPTY: Mapping[str, Raw] = {}


class Text(Struct, frozen=True):
    text: str
    extra: Mapping[str, Raw] = EMPTY


class Image(Struct, frozen=True):
    """A picture, by `url` or as base64 `data` of `media_type`."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    extra: Mapping[str, Raw] = EMPTY


class Document(Struct, frozen=True):
    """A file of text or a PDF: `text`, or base64 `data` of `media_type`, or a `url`."""

    title: str = ""
    media_type: str = ""
    data: str = ""
    text: str = ""
    url: str = ""
    extra: Mapping[str, Raw] = EMPTY


class Thinking(Struct, frozen=True):
    """What a model thought. `signature` is opaque and may be empty; redacted text stays hidden."""

    text: str
    signature: str = ""
    redacted: bool = False
    extra: Mapping[str, Raw] = EMPTY


class ToolCall(Struct, frozen=True):
    """A call: `arguments` is the JSON text of an object, or whatever else the model wrote."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Raw] = EMPTY


class ToolResult(Struct, frozen=True):
    call_id: str
    content: "tuple[Block, ...]" = ()
    is_error: bool = False
    extra: Mapping[str, Raw] = EMPTY


class Opaque(Struct, frozen=True):
    """A block of a kind that we must carry but do not understand; `raw` is its JSON."""

    kind: str
    raw: Raw


Block = Text | Image | Document | Thinking | ToolCall | ToolResult | Opaque


class Turn(Struct, frozen=True, dict=True):
    """`dict`, for what is made of it to be kept on it (`memo.on_value`)."""

    role: Role
    blocks: tuple[Block, ...]


class Tool(Struct, frozen=True):
    """A tool on offer. `schema` is the JSON Schema of its arguments; `kind` names a server tool."""

    name: str
    description: str = ""
    schema: Raw = Raw(b'{"type":"object","properties":{}}')
    kind: str = "function"
    strict: bool | None = None
    extra: Mapping[str, Raw] = EMPTY


class ToolChoice(Struct, frozen=True):
    """`named` asks for the tool `name`; `parallel=False` asks for one call at most."""

    mode: Literal["auto", "required", "none", "named"] = "auto"
    name: str = ""
    parallel: bool = True


class Reasoning(Struct, frozen=True):
    """`enabled` None: the model's own default. `budget` is in tokens."""

    enabled: bool | None = None
    effort: str = ""
    budget: int | None = None


class OutputFormat(Struct, frozen=True):
    """JSON output: by `schema`, or any object where there is none."""

    schema: Raw | None = None
    name: str = "output"
    strict: bool | None = None


class Request(Struct, frozen=True):
    """One request for a reply. `sampling` goes by OpenAI's names; `extra` is what nobody decoded."""

    model: str
    turns: tuple[Turn, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    sampling: Mapping[str, float] = {}
    reasoning: Reasoning = Reasoning()
    output: OutputFormat | None = None
    stream: bool = False
    stream_usage: bool = True
    session: str = ""
    extra: Mapping[str, Raw] = EMPTY
