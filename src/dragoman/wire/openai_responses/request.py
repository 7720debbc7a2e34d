"""OpenAI's `POST /v1/responses`: the body of a request as a Request.

Source: https://platform.openai.com/docs/api-reference/responses/create and what Codex sends. Codex
asks for `store: false`, `include: ["reasoning.encrypted_content"]`, a `prompt_cache_key` per session
and `client_metadata`; it never names an earlier response and sets no limit for the reply.
"""

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, OutputFormat, Reasoning, Request, Text, Tool, Turn
from dragoman.wire.fields import BOOL, NUMBER, STRING, Fields
from dragoman.wire.openai_responses.input import INPUT, decode_input
from dragoman.wire.openai_responses.tools import TOOLS, WireTool, offered, tool_choice


class WireReasoning(Struct):
    effort: str | None = None


class WireFormat(Struct):
    type: str
    name: str = "output"
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None


class WireText(Struct):
    format: WireFormat | None = None


REASONING = Decoder(WireReasoning)
TEXT = Decoder(WireText)

IGNORED = frozenset(
    [
        "client_metadata",
        "include",
        "max_tool_calls",
        "moderation",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "stream_options",
        "top_logprobs",
        "truncation",
    ]
)
"""Fields that ask for nothing that an engine of one's own has, or that change no reply: each is left out."""

STORED = {
    "previous_response_id": "no response is stored here; send the whole conversation as `input`",
    "conversation": "no conversation is stored here; send it as `input`",
    "prompt": "no prompt template is stored here; send it as `instructions` and `input`",
}


def decode_request(body: bytes) -> Request:
    """A Request from the JSON of a request for a response. Raises BadRequest with the JSON path."""
    fields = Fields(body)
    refuse_stored(fields)
    conversation, more = turns(fields)
    system, rest = leading_system(fields, conversation)
    choice, tools = tool_choice(fields, tools_of(fields, more))
    return Request(
        model=fields.need("model", STRING),
        turns=rest,
        system=system,
        tools=tools,
        tool_choice=choice,
        max_tokens=fields.positive("max_output_tokens"),
        sampling=sampling(fields),
        reasoning=reasoning(fields),
        output=output_format(fields),
        stream=fields.take("stream", BOOL) is True,
        session=fields.take("prompt_cache_key", STRING) or fields.take("user", STRING) or "",
        extra=fields.rest(IGNORED),
    )


def refuse_stored(fields: Fields) -> None:
    """What would need something that this gateway, which stores nothing, does not have."""
    for name, reason in STORED.items():
        if fields.raw(name) is not None:
            raise BadRequest(f"$.{name}: {reason}")
    if fields.take("background", BOOL):
        raise BadRequest("$.background: a response is given to the request that asks for it, or not at all")


def turns(fields: Fields) -> tuple[list[Turn], list[WireTool]]:
    given = fields.need("input", INPUT)
    if not given:
        raise BadRequest("$.input: at least one item is required")
    return decode_input(given)


def leading_system(fields: Fields, turns: list[Turn]) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """The instructions and the system messages that open the conversation, then the rest of it."""
    instructions = fields.take("instructions", STRING)
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    blocks: list[Block] = [Text(instructions)] if instructions else []
    blocks += [block for turn in turns[:first] for block in turn.blocks]
    system = tuple(block for block in blocks if isinstance(block, Text))
    rest = tuple(turns[first:])
    return (system, rest) if rest else ((), (Turn("user", system),))


def tools_of(fields: Fields, more: list[WireTool]) -> tuple[Tool, ...]:
    return tuple(offered([*(fields.take("tools", TOOLS) or ()), *more]))


def sampling(fields: Fields) -> dict[str, float]:
    values = {name: fields.take(name, NUMBER) for name in ("temperature", "top_p")}
    return {name: value for name, value in values.items() if value is not None}


def reasoning(fields: Fields) -> Reasoning:
    """How much to think. `summary` is not met: thoughts go out as they are."""
    wire = fields.take("reasoning", REASONING)
    effort = (wire.effort or "") if wire else ""
    return Reasoning(False if effort == "none" else None, effort)


def output_format(fields: Fields) -> OutputFormat | None:
    wire = fields.take("text", TEXT)
    given = wire.format if wire else None
    if given is None or given.type not in ("json_schema", "json_object"):
        return None
    if given.type == "json_object":
        return OutputFormat()
    if given.schema is UNSET or not bytes(given.schema).startswith(b"{"):
        raise BadRequest("$.text.format.schema: an object is required")
    return OutputFormat(given.schema.copy(), given.name, given.strict)
