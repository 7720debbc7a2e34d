"""Anthropic's `POST /v1/messages`: the body of a request as a Request.

Source: https://docs.anthropic.com/en/api/messages and what Claude Code sends.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder
from msgspec.structs import fields as fields_of

from dragoman.model.errors import BadRequest
from dragoman.model.memo import ByBytes
from dragoman.model.turn import (
    EMPTY,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Text,
    Tool,
    ToolChoice,
    Turn,
)
from dragoman.wire.anthropic.blocks import MESSAGES, SYSTEM, WireMessage, decode_blocks, to_model
from dragoman.wire.fields import NULL, Fields, check_utf8, decode


class WireTool(Struct):
    name: str
    description: str | None = None
    input_schema: Raw | UnsetType = UNSET
    type: str | None = None
    strict: bool | None = None


class WireChoice(Struct):
    type: str
    name: str = ""
    disable_parallel_tool_use: bool | None = None


class WireThinking(Struct):
    type: str
    budget_tokens: int | None = None


class WireFormat(Struct):
    type: str
    schema: Raw | UnsetType = UNSET


class WireOutput(Struct):
    effort: str | None = None
    format: WireFormat | None = None


class WireMetadata(Struct):
    user_id: str | None = None


class WireUser(Struct):
    session_id: str = ""


class WireIgnored(Struct):
    """What asks for nothing that an engine of one's own has, or changes no reply: each is left out."""

    anthropic_beta: Raw = NULL
    anthropic_version: Raw = NULL
    betas: Raw = NULL
    cache_control: Raw = NULL
    context_management: Raw = NULL
    diagnostics: Raw = NULL
    inference_geo: Raw = NULL
    service_tier: Raw = NULL
    speed: Raw = NULL


class WireRequest(WireIgnored, forbid_unknown_fields=True):
    """All fields that a request is known to have."""

    model: str | UnsetType = UNSET
    messages: list[Raw] | UnsetType = UNSET
    system: Raw = NULL
    tools: Raw = NULL
    tool_choice: WireChoice | UnsetType = UNSET
    max_tokens: int | UnsetType = UNSET
    stop_sequences: list[str] | UnsetType = UNSET
    temperature: int | float | UnsetType = UNSET
    top_p: int | float | UnsetType = UNSET
    top_k: int | float | UnsetType = UNSET
    thinking: WireThinking | UnsetType = UNSET
    output_config: WireOutput | UnsetType = UNSET
    stream: bool | UnsetType = UNSET
    metadata: Raw = NULL


IGNORED = frozenset(WireIgnored.__struct_fields__)

HISTORY = 8 * 1024 * 1024
"""Bytes of messages that are remembered: about ten sessions of the longest kind."""
TOOLSETS = 2 * 1024 * 1024
"""Bytes of lists of tools that are remembered."""
SYSTEMS = 1024 * 1024
"""Bytes of system prompts that are remembered."""
REQUEST = Decoder(WireRequest)
FIELDS: Mapping[str, Decoder[Any]] = {field.name: Decoder(field.type) for field in fields_of(WireRequest)}
TOOLS = Decoder(list[WireTool])
TOOL_FIELDS = Decoder(list[dict[str, Raw]])
METADATA = Decoder(WireMetadata)
USER = Decoder(WireUser)

ANY_OBJECT = Raw(b'{"type":"object","properties":{}}')


def decode_request(body: bytes, *, counting: bool = False) -> Request:
    """A Request from the JSON of `/v1/messages`, or with `counting` of its `count_tokens`.

    Raises BadRequest with the JSON path of what is wrong.
    """
    wire, extra = decode_fields(body)
    if wire.model is UNSET:
        raise BadRequest("$.model: field required")
    return Request(
        model=wire.model,
        turns=turns(wire.messages),
        system=() if wire.system == NULL else KNOWN_SYSTEMS(bytes(wire.system)),
        tools=() if wire.tools == NULL else KNOWN_TOOLS(bytes(wire.tools)),
        tool_choice=tool_choice(wire.tool_choice),
        max_tokens=max_tokens(wire.max_tokens, counting),
        stop=tuple([text for text in wire.stop_sequences if text]) if wire.stop_sequences else (),
        sampling=sampling(wire),
        reasoning=reasoning(wire.thinking or None, wire.output_config or None),
        output=output_format(wire.output_config or None),
        stream=wire.stream is True,
        session=session(wire.metadata),
        extra=extra,
    )


def decode_fields(body: bytes) -> tuple[WireRequest, Mapping[str, Raw]]:
    """The known fields, and all others: in one pass, or one by one where that cannot be."""
    try:
        check_utf8(body)
        return REQUEST.decode(body), EMPTY
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return one_by_one(body)


def one_by_one(body: bytes) -> tuple[WireRequest, Mapping[str, Raw]]:
    """The same where a field is null, unknown, wrong or to be mended."""
    fields = Fields(body)
    taken = {name: fields.take(name, decoder) for name, decoder in FIELDS.items()}
    known = {name: value for name, value in taken.items() if value is not None}
    return WireRequest(**known), fields.rest()


def max_tokens(given: int | UnsetType, counting: bool) -> int | None:
    if given is UNSET:
        if counting:
            return None
        raise BadRequest("$.max_tokens: field required")
    if given < 1:
        raise BadRequest(f"$.max_tokens: expected a whole number of at least 1, got {given}")
    return given


def turns(messages: Sequence[Raw] | UnsetType) -> tuple[Turn, ...]:
    """The messages of a conversation. A session sends its history again with each request, so that most of
    them are known by their bytes."""
    if messages is UNSET:
        raise BadRequest("$.messages: field required")
    if not messages:
        raise BadRequest("$.messages: at least one message is required")
    listed = [bytes(message) for message in messages]
    try:
        return tuple([KNOWN_TURNS(message) for message in listed])
    except (BadRequest, MsgspecError, UnicodeDecodeError, RecursionError):
        # All at once, for the path of what is wrong, and for what can be mended only as a whole.
        whole: list[WireMessage] = decode_blocks("$.messages", Raw(b"[%s]" % b",".join(listed)), MESSAGES)
        return tuple(map(turn, whole))


def decode_turn(body: bytes) -> Turn:
    [message] = decode_blocks("$.messages", Raw(b"[%s]" % body), MESSAGES)
    return turn(message)


KNOWN_TURNS = ByBytes(decode_turn, HISTORY)


def turn(message: WireMessage) -> Turn:
    """A message as a turn. A role of a newer client is a user turn that says so."""
    blocks = to_model(message.content)
    role: Role
    match message.role:
        case "user" | "assistant" | "system" as role:
            return Turn(role, blocks)
        case other:
            return Turn("user", (Text(f"[a message of the unknown role {other!r}]"), *blocks))


def decode_system(body: bytes) -> tuple[Text, ...]:
    blocks = to_model(decode_blocks("$.system", Raw(body), SYSTEM))
    return tuple([block for block in blocks if isinstance(block, Text)])


KNOWN_SYSTEMS = ByBytes(decode_system, SYSTEMS)


def decode_tools(body: bytes) -> tuple[Tool, ...]:
    fields = Fields(b'{"tools":%s}' % body)
    raw = fields.peek("tools")
    wire = fields.take("tools", TOOLS) or []
    for index, tool in enumerate(wire):
        if tool.input_schema is not UNSET and not bytes(tool.input_schema).startswith((b"{", b"null")):
            raise BadRequest(f"$.tools[{index}].input_schema: Expected object")
    if all(tool.type in (None, "custom", "function") for tool in wire):
        return tuple(map(tool_to_model, wire))
    extras = TOOL_FIELDS.decode(raw)
    return tuple(tool_to_model(tool, extra) for tool, extra in zip(wire, extras, strict=True))


KNOWN_TOOLS = ByBytes(decode_tools, TOOLSETS)


def tool_to_model(tool: WireTool, extra: dict[str, Raw] | None = None) -> Tool:
    kind = "function" if tool.type in (None, "custom") else tool.type
    given = tool.input_schema
    schema = ANY_OBJECT if given is UNSET or bytes(given) == b"null" else given
    kept = {} if kind == "function" or extra is None else {name: raw.copy() for name, raw in extra.items()}
    return Tool(tool.name, tool.description or "", schema, kind, tool.strict, kept)


def tool_choice(wire: WireChoice | UnsetType) -> ToolChoice:
    if wire is UNSET:
        return ToolChoice()
    parallel = not wire.disable_parallel_tool_use
    match wire.type:
        case "auto":
            return ToolChoice("auto", parallel=parallel)
        case "any":
            return ToolChoice("required", parallel=parallel)
        case "none":
            return ToolChoice("none")
        case "tool" if wire.name:
            return ToolChoice("named", wire.name, parallel)
        case "tool":
            raise BadRequest("$.tool_choice.name: field required")
        case other:
            raise BadRequest(f"$.tool_choice.type: expected auto, any, tool or none, got {other!r}")


def sampling(wire: WireRequest) -> dict[str, float]:
    given = {"temperature": wire.temperature, "top_p": wire.top_p, "top_k": wire.top_k}
    return {name: value for name, value in given.items() if value is not UNSET}


def reasoning(thinking: WireThinking | None, output: WireOutput | None) -> Reasoning:
    """Thinking is on only where it is asked for; Claude Code leaves the field out to switch it off."""
    enabled = thinking is not None and thinking.type in ("enabled", "adaptive")
    return Reasoning(
        enabled,
        (output.effort or "") if output else "",
        thinking.budget_tokens if thinking and enabled else None,
    )


def output_format(output: WireOutput | None) -> OutputFormat | None:
    schema = output.format.schema if output and output.format else UNSET
    return None if schema is UNSET or bytes(schema) == b"null" else OutputFormat(schema.copy())


def session(metadata: Raw) -> str:
    """Claude Code's session, from the JSON inside `metadata.user_id`; any other text is taken whole."""
    if metadata == NULL:
        return ""
    try:
        user = decode(METADATA, metadata).user_id
    except (MsgspecError, UnicodeDecodeError):
        return ""
    if not user:
        return ""
    try:
        return USER.decode(user).session_id or user
    except ValueError:
        return user
