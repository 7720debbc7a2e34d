"""A Request as the body that engines take at `/v1/chat/completions`, and at vLLM's `/tokenize`.

Key order and bytes depend on the request alone, so that the engine's prefix cache stays warm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Encoder
from msgspec.structs import replace

from dragoman.model.memo import ByIdentity, on_value
from dragoman.model.profile import UNKNOWN, Profile
from dragoman.model.turn import (
    Block,
    Image,
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
from dragoman.wire.fields import OBJECT

ENCODER = Encoder()

MAX_STOP = 4
"""vLLM refuses more stop strings than this (VLLM_MAX_STOP_STRINGS)."""

PROMPT = ("chat_template", "chat_template_kwargs", "add_generation_prompt", "continue_final_message")
"""Fields that change how the prompt is made, so that counting needs them too."""

KEPT: Mapping[str, Any] = {"skip_special_tokens": False}
"""Markers that are special tokens stay in the text."""

PASSED = (
    "chat_template_kwargs",
    "guided_json",
    "ignore_eos",
    "logit_bias",
    "min_tokens",
    "skip_special_tokens",
    "structured_outputs",
    "vllm_xargs",
)
"""Fields of the engines' own that clients may set and that change only how one reply is made."""


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""What vLLM takes as `reasoning_effort`, in order."""


class Terms(Struct, frozen=True):
    """What is said of an engine's requests beside the client's words: `defaults` under them, `always`
    over them, by the configuration; the `profile` of the model's family."""

    defaults: Mapping[str, Any] = {}
    always: Mapping[str, Any] = {}
    profile: Profile = UNKNOWN


NO_TERMS = Terms()


def encode_request(request: Request, model: str, terms: Terms = NO_TERMS) -> bytes:
    """The body of a chat completion of the engine's `model`; streamed as the client asked."""
    body = conversation(request, model, terms.profile)
    if request.tools:
        body |= choice_fields(request.tool_choice)
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    body |= request.sampling
    if effort := effort_for(request.reasoning, terms.profile):
        body["reasoning_effort"] = effort
    if request.stop:
        body["stop"] = request.stop[:MAX_STOP]
    if request.output is not None:
        body["response_format"] = response_format(request.output)
    if request.extra:
        body |= {name: request.extra[name] for name in PASSED if name in request.extra and name not in body}
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return configured(body, terms.defaults, terms.always)


def encode_raw(request: Request, model: str, terms: Terms, choice: str, markers: bool = True) -> bytes:
    """A chat completion whose text comes back as the model wrote it: `choice` is the `tool_choice` with
    which the engine leaves calls alone; `markers`: those that it would drop are to be kept."""
    plain = replace(request, tool_choice=ToolChoice())
    always = {**KEPT, **terms.always} if markers else dict(terms.always)
    if choice != "auto":
        always["tool_choice"] = choice
    return encode_request(plain, model, replace(terms, always=always))


def encode_completion(request: Request, model: str, terms: Terms, prompt: Raw, markers: bool = True) -> bytes:
    """The body of `/v1/completions` for a prompt of token ids, its text as the model wrote it."""
    body: dict[str, Any] = {"model": model, "prompt": prompt, **(KEPT if markers else {})}
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    body |= request.sampling
    if request.stop:
        body["stop"] = request.stop[:MAX_STOP]
    if request.output is not None:
        body["response_format"] = response_format(request.output)
    for name in PASSED:
        if name in request.extra and name not in PROMPT:
            body[name] = request.extra[name]
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    always = {name: value for name, value in terms.always.items() if name not in PROMPT}
    return configured(body, terms.defaults, always)


def encode_count(request: Request, model: str, terms: Terms = NO_TERMS) -> bytes:
    """The body of `/tokenize` for the prompt that encode_request makes of the same request."""
    body = conversation(request, model, terms.profile)
    prompt = {name: value for name, value in terms.always.items() if name in PROMPT}
    return ENCODER.encode({**body, **prompt})


def configured(body: dict[str, Any], defaults: Mapping[str, Any], always: Mapping[str, Any]) -> bytes:
    """The body as it goes out: `defaults` where it says nothing, `always` whatever it says."""
    for name, value in defaults.items():
        body.setdefault(name, value)
    body |= always
    return ENCODER.encode(body)


def effort_for(reasoning: Reasoning, profile: Profile) -> str:
    """The effort to ask for: the highest that the family takes and that is not above the wanted one.

    A family of which nothing is known gets what an OpenAI client says, which sets no other switch.
    """
    wanted = reasoning.effort
    if wanted not in EFFORTS:
        return ""
    if profile is UNKNOWN:
        return wanted if reasoning.enabled is None else ""
    able = [effort for effort in EFFORTS if effort in profile.efforts]
    below = [effort for effort in able if EFFORTS.index(effort) <= EFFORTS.index(wanted)]
    return below[-1] if below else next(iter(able), "")


def conversation(request: Request, model: str, profile: Profile = UNKNOWN) -> dict[str, Any]:
    """The fields that make the prompt."""
    body: dict[str, Any] = {"model": model, "messages": messages(request)}
    if request.tools:
        body["tools"] = TOOL_BODIES(request.tools)
    if request.turns[-1].role == "assistant":
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    if template := template_fields(request, profile):
        body["chat_template_kwargs"] = template
    return body


def template_fields(request: Request, profile: Profile) -> dict[str, Any]:
    """The switch for thinking, under what the client set itself."""
    fields: dict[str, Any] = {}
    # To a family that always thinks, "off" would only switch the engine's reasoning parser off.
    if request.reasoning.enabled or (request.reasoning.enabled is False and profile.thinking != "always"):
        fields[profile.thinking_switch] = request.reasoning.enabled
    own = request.extra.get("chat_template_kwargs")
    if own is not None:
        fields |= OBJECT.decode(own) if bytes(own).startswith(b"{") else {}
    return fields


def messages(request: Request) -> list[Raw | dict[str, Any]]:
    listed: list[Raw | dict[str, Any]] = []
    if request.system:
        listed.append({"role": "system", "content": joined(request.system)})
    for turn in request.turns:
        listed += TURN_MESSAGES(turn)
    return listed


def turn_messages(turn: Turn) -> list[dict[str, Any]]:
    if turn.role == "assistant":
        return [assistant_message(turn.blocks)]
    results = [block for block in turn.blocks if isinstance(block, ToolResult)]
    rest = [block for block in turn.blocks if isinstance(block, (Text, Image))]
    shown = [image for result in results for image in result.content if isinstance(image, Image)]
    listed = [result_message(result) for result in results]
    if rest or shown or not listed:
        listed.append({"role": turn.role, "content": parts([*shown, *rest])})
    return listed


TURN_MESSAGES: Callable[[Turn], list[Raw]] = on_value(
    lambda turn: [Raw(ENCODER.encode(message)) for message in turn_messages(turn)]
)


def assistant_message(blocks: Sequence[Block]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": joined(blocks)}
    thoughts = [block.text for block in blocks if isinstance(block, Thinking) and block.text]
    if thoughts:
        message["reasoning_content"] = "\n".join(thoughts)
    calls = [call_body(block) for block in blocks if isinstance(block, ToolCall)]
    if calls:
        message["tool_calls"] = calls
    return message


def call_body(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def result_message(result: ToolResult) -> dict[str, Any]:
    """OpenAI's protocol has no field for an error, so the text says it."""
    text = joined(result.content)
    if result.is_error:
        text = f"[the tool reported an error]\n{text}"
    return {"role": "tool", "tool_call_id": result.call_id, "content": text}


def parts(blocks: Sequence[Block]) -> str | list[dict[str, Any]]:
    """Text alone as one string, as every template takes it; with images as a list of parts."""
    if not any([isinstance(block, Image) for block in blocks]):
        return joined(blocks)
    listed: list[dict[str, Any]] = []
    for block in blocks:
        if isinstance(block, Text):
            listed.append({"type": "text", "text": block.text})
        elif isinstance(block, Image):
            url = block.url or f"data:{block.media_type};base64,{block.data}"
            listed.append({"type": "image_url", "image_url": {"url": url}})
    return listed


def joined(blocks: Iterable[Block]) -> str:
    """The text of blocks, a newline between them, as vLLM itself joins text parts."""
    return "\n".join([block.text for block in blocks if isinstance(block, Text)])


def tool_bodies(tools: tuple[Tool, ...]) -> Raw:
    return Raw(ENCODER.encode([tool_body(tool) for tool in tools]))


TOOL_BODIES = ByIdentity(tool_bodies)


def tool_body(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
    }
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def choice_fields(choice: ToolChoice) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if choice.mode == "named":
        fields["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    elif choice.mode != "auto":
        fields["tool_choice"] = choice.mode
    if not choice.parallel:
        fields["parallel_tool_calls"] = False
    return fields


def response_format(output: OutputFormat) -> dict[str, Any]:
    if output.schema is None:
        return {"type": "json_object"}
    schema: dict[str, Any] = {"name": output.name, "schema": Raw(output.schema)}
    if output.strict is not None:
        schema["strict"] = output.strict
    return {"type": "json_schema", "json_schema": schema}
