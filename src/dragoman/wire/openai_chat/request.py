"""OpenAI's `POST /v1/chat/completions`, as clients send it: the body as a Request.

Source: https://platform.openai.com/docs/api-reference/chat/create and what agents send, which docs/clients.md
lists. Cursor's agent sends bodies of the Responses API here, and reads a chat completion in return.
"""

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder
from msgspec.structs import replace

from dragoman.model.errors import BadRequest
from dragoman.model.turn import OutputFormat, Reasoning, Request
from dragoman.wire import openai_responses
from dragoman.wire.fields import BOOL, COUNT, NUMBER, STRING, Fields
from dragoman.wire.openai_chat.messages import conversation
from dragoman.wire.openai_chat.tools import tool_choice, tools


class WireSchema(Struct):
    name: str = "output"
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None


class WireFormat(Struct):
    type: str
    json_schema: WireSchema | None = None


class WireStreamOptions(Struct):
    include_usage: bool | None = None


class WireUsage(Struct):
    include: bool | None = None


class WireReasoning(Struct):
    """OpenRouter's field."""

    effort: str | None = None
    enabled: bool | None = None
    max_tokens: int | None = None


class WireThinking(Struct):
    """The field of Anthropic, DeepSeek, GLM and Kimi."""

    type: str = ""
    budget_tokens: int | None = None


FORMAT = Decoder(WireFormat)
STOP = Decoder(str | list[str])
STREAM_OPTIONS = Decoder(WireStreamOptions)
USAGE = Decoder(WireUsage)
REASONING = Decoder(WireReasoning)
THINKING = Decoder(WireThinking)

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

IGNORED = frozenset(
    [
        "audio",
        "best_of",
        "cache_control",
        "include_reasoning",
        "logprobs",
        "metadata",
        "modalities",
        "moderation",
        "prediction",
        "prompt_cache_options",
        "prompt_cache_retention",
        "provider",
        "safety_identifier",
        "service_tier",
        "store",
        "top_logprobs",
        "transforms",
        "verbosity",
        "web_search_options",
    ]
)
"""Fields that ask for nothing that an engine of one's own has, or that change no reply: each is left out."""


def decode_request(body: bytes) -> Request:
    """A Request from the JSON of a chat completion. Raises BadRequest with the JSON path."""
    fields = Fields(body)
    if "messages" not in fields and "input" in fields:
        return of_responses(body)
    if (fields.take("n", COUNT) or 1) > 1:
        raise BadRequest("$.n: only one choice per request is served here")
    system, turns = conversation(fields)
    choice, offered = tool_choice(fields, tools(fields))
    return Request(
        model=fields.need("model", STRING),
        turns=turns,
        system=system,
        tools=offered,
        tool_choice=choice,
        max_tokens=limit(fields),
        stop=stop(fields),
        sampling=sampling(fields),
        reasoning=reasoning(fields),
        output=output_format(fields),
        stream=fields.take("stream", BOOL) is True,
        stream_usage=stream_usage(fields),
        session=fields.take("prompt_cache_key", STRING) or fields.take("user", STRING) or "",
        extra=fields.rest(IGNORED),
    )


def of_responses(body: bytes) -> Request:
    """A body in the form of the Responses API, with what chat completions alone have."""
    request, fields = openai_responses.decode_request(body), Fields(body)
    most = request.max_tokens or limit(fields)
    stops, usage = stop(fields), stream_usage(fields)
    rest = fields.rest(IGNORED)
    extra = {name: raw for name, raw in request.extra.items() if name in rest}
    return replace(request, max_tokens=most, stop=stops, stream_usage=usage, extra=extra)


def limit(fields: Fields) -> int | None:
    """Some clients write -1 for no limit."""
    limits = []
    for name in ("max_completion_tokens", "max_tokens"):
        if bytes(fields.peek(name)) == b"-1":
            fields.take(name, COUNT)
        limits.append(fields.positive(name))
    return limits[0] or limits[1]


def sampling(fields: Fields) -> dict[str, float]:
    values = {name: fields.take(name, NUMBER) for name in SAMPLING}
    return {name: value for name, value in values.items() if value is not None}


def stop(fields: Fields) -> tuple[str, ...]:
    value = fields.take("stop", STOP)
    listed = [value] if isinstance(value, str) else value or []
    return tuple(text for text in listed if text)


def stream_usage(fields: Fields) -> bool:
    """OpenAI's way of asking for it, or OpenRouter's."""
    options, usage = fields.take("stream_options", STREAM_OPTIONS), fields.take("usage", USAGE)
    return bool((options and options.include_usage) or (usage and usage.include))


def reasoning(fields: Fields) -> Reasoning:
    """How much to think, in the words of OpenAI, OpenRouter, Anthropic and DashScope."""
    nested = fields.take("reasoning", REASONING) or WireReasoning()
    thinking = fields.take("thinking", THINKING) or WireThinking()
    switch, budget = fields.take("enable_thinking", BOOL), fields.take("thinking_budget", COUNT)
    effort = fields.take("reasoning_effort", STRING) or nested.effort or ""
    enabled = nested.enabled if switch is None else switch
    if enabled is None and thinking.type in ("enabled", "disabled"):
        enabled = thinking.type == "enabled"
    if enabled is None and effort == "none":
        enabled = False
    return Reasoning(enabled, effort, thinking.budget_tokens or nested.max_tokens or budget)


def output_format(fields: Fields) -> OutputFormat | None:
    wire = fields.take("response_format", FORMAT)
    match wire:
        case WireFormat(type="json_schema", json_schema=WireSchema() as given):
            schema = None if given.schema is UNSET or bytes(given.schema) == b"null" else given.schema
            return OutputFormat(schema, given.name, given.strict)
        case WireFormat(type="json_schema"):
            raise BadRequest("$.response_format.json_schema: field required")
        case WireFormat(type="json_object"):
            return OutputFormat()
    return None
