"""Anthropic's `POST /v1/messages`: the body of a request as a Request.

Source: https://docs.anthropic.com/en/api/messages and what Claude Code sends.
"""

from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.memo import ByBytes
from dragoman.model.turn import (
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Text,
    Tool,
    ToolChoice,
    Turn,
)
from dragoman.wire.anthropic.blocks import ITEMS, MESSAGES, SYSTEM, WireMessage, decode_blocks, to_model
from dragoman.wire.fields import BOOL, NUMBER, STRING, STRINGS, Fields


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


HISTORY = 8 * 1024 * 1024
"""Bytes of messages that are remembered: about ten sessions of the longest kind."""
TOOLSETS = 2 * 1024 * 1024
"""Bytes of lists of tools that are remembered."""
SYSTEMS = 1024 * 1024
"""Bytes of system prompts that are remembered."""
TOOLS = Decoder(list[WireTool])
TOOL_FIELDS = Decoder(list[dict[str, Raw]])
CHOICE = Decoder(WireChoice)
THINKING = Decoder(WireThinking)
OUTPUT = Decoder(WireOutput)
METADATA = Decoder(WireMetadata)
USER = Decoder(WireUser)


IGNORED = frozenset(
    [
        "anthropic_beta",
        "anthropic_version",
        "betas",
        "cache_control",
        "context_management",
        "diagnostics",
        "inference_geo",
        "service_tier",
        "speed",
    ]
)
"""Fields that ask for nothing that an engine of one's own has, or that change no reply: each is left out."""

ANY_OBJECT = Raw(b'{"type":"object","properties":{}}')


def decode_request(body: bytes, *, counting: bool = False) -> Request:
    """A Request from the JSON of `/v1/messages`, or with `counting` of its `count_tokens`.

    Raises BadRequest with the JSON path of what is wrong.
    """
    fields = Fields(body)
    thinking = fields.take("thinking", THINKING)
    output = fields.take("output_config", OUTPUT)
    return Request(
        model=fields.need("model", STRING),
        turns=turns(fields),
        system=system(fields),
        tools=tools(fields),
        tool_choice=tool_choice(fields),
        max_tokens=max_tokens(fields, counting),
        stop=stop_sequences(fields),
        sampling=sampling(fields),
        reasoning=reasoning(thinking, output),
        output=output_format(output),
        stream=fields.take("stream", BOOL) is True,
        session=session(fields),
        extra=fields.rest(IGNORED),
    )


def max_tokens(fields: Fields, counting: bool) -> int | None:
    value = fields.positive("max_tokens")
    if value is None and not counting:
        raise BadRequest("$.max_tokens: field required")
    return value


def turns(fields: Fields) -> tuple[Turn, ...]:
    raw = fields.raw("messages")
    if raw is None:
        raise BadRequest("$.messages: field required")
    listed = known_turns(raw)
    if not listed:
        raise BadRequest("$.messages: at least one message is required")
    return listed


def known_turns(raw: Raw) -> tuple[Turn, ...]:
    """The messages of a conversation. A session sends its history again with each request, so that most of
    them are known by their bytes."""
    try:
        return tuple([KNOWN_TURNS(bytes(message)) for message in ITEMS.decode(raw)])
    except (BadRequest, MsgspecError, UnicodeDecodeError, RecursionError):
        # All at once, for the path of what is wrong, and for what can be mended only as a whole.
        messages: list[WireMessage] = decode_blocks("$.messages", raw, MESSAGES)
        return tuple(map(turn, messages))


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


def system(fields: Fields) -> tuple[Text, ...]:
    raw = fields.raw("system")
    return () if raw is None else KNOWN_SYSTEMS(bytes(raw))


def decode_system(body: bytes) -> tuple[Text, ...]:
    blocks = to_model(decode_blocks("$.system", Raw(body), SYSTEM))
    return tuple([block for block in blocks if isinstance(block, Text)])


KNOWN_SYSTEMS = ByBytes(decode_system, SYSTEMS)


def tools(fields: Fields) -> tuple[Tool, ...]:
    """The tools on offer. A session sends the same ones with each request, so they are made once."""
    raw = fields.raw("tools")
    if raw is None:
        return ()
    return KNOWN_TOOLS(bytes(raw))


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


def tool_choice(fields: Fields) -> ToolChoice:
    wire = fields.take("tool_choice", CHOICE)
    if wire is None:
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


def stop_sequences(fields: Fields) -> tuple[str, ...]:
    listed = fields.take("stop_sequences", STRINGS)
    return tuple([text for text in listed if text]) if listed else ()


def sampling(fields: Fields) -> dict[str, float]:
    given: dict[str, float] = {}
    for name in ("temperature", "top_p", "top_k"):
        if (value := fields.take(name, NUMBER)) is not None:
            given[name] = value
    return given


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


def session(fields: Fields) -> str:
    """Claude Code's session, from the JSON inside `metadata.user_id`; any other text is taken whole."""
    try:
        metadata = fields.take("metadata", METADATA)
    except BadRequest:
        return ""
    user = metadata.user_id if metadata else None
    if not user:
        return ""
    try:
        return USER.decode(user).session_id or user
    except ValueError:
        return user
