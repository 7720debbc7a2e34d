"""Requests of OpenAI's protocol: every feature, every mistake, and nothing but BadRequest for all else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from dragoman.model.errors import BadRequest
from dragoman.model.turn import (
    Image,
    Opaque,
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
from dragoman.wire.openai_chat.request import decode_request
from tests.streams import JSON_VALUES

HI = {"role": "user", "content": "Hi"}
MINIMAL: dict[str, Any] = {"model": "m", "messages": [HI]}
F = {"name": "f", "arguments": '{"a":1}'}


def decode(**changed: Any) -> Request:
    body = MINIMAL | changed
    return decode_request(json.dumps({name: value for name, value in body.items() if value != ...}).encode())


def test_the_smallest_request() -> None:
    assert decode() == Request("m", (Turn("user", (Text("Hi"),)),), stream_usage=False)


FEATURES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "one choice": ({"n": 1}, {}),
    "n null": ({"n": None}, {}),
    "max_tokens": ({"max_tokens": 5}, {"max_tokens": 5}),
    "max_completion_tokens wins": ({"max_tokens": 5, "max_completion_tokens": 7}, {"max_tokens": 7}),
    "one stop": ({"stop": "a"}, {"stop": ("a",)}),
    "stops": ({"stop": ["a", "", "b"]}, {"stop": ("a", "b")}),
    "stop null": ({"stop": None}, {"stop": ()}),
    "sampling": (
        {"temperature": 0, "top_p": 0.5, "seed": 7, "presence_penalty": 1, "min_p": 0.1},
        {"sampling": {"temperature": 0, "top_p": 0.5, "min_p": 0.1, "presence_penalty": 1, "seed": 7}},
    ),
    "streamed with usage": (
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stream": True, "stream_usage": True},
    ),
    "streamed without": ({"stream": True, "stream_options": None}, {"stream": True, "stream_usage": False}),
    "no limit, as -1": ({"max_tokens": -1, "max_completion_tokens": -1}, {"max_tokens": None}),
    "usage in OpenRouter's way": ({"stream": True, "usage": {"include": True}}, {"stream_usage": True}),
    "effort": ({"reasoning_effort": "low"}, {"reasoning": Reasoning(effort="low")}),
    "no effort is no thinking": ({"reasoning_effort": "none"}, {"reasoning": Reasoning(False, "none")}),
    "effort in OpenRouter's way": (
        {"reasoning": {"effort": "high", "exclude": False}},
        {"reasoning": Reasoning(None, "high")},
    ),
    "thoughts in OpenRouter's way": (
        {"reasoning": {"enabled": False, "max_tokens": 100}},
        {"reasoning": Reasoning(False, budget=100)},
    ),
    "thinking in Anthropic's way": (
        {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"reasoning": Reasoning(True, budget=2000)},
    ),
    "thinking switched off": ({"thinking": {"type": "disabled"}}, {"reasoning": Reasoning(False)}),
    "thinking in DashScope's way": (
        {"enable_thinking": True, "thinking_budget": 50},
        {"reasoning": Reasoning(True, budget=50)},
    ),
    "fields that are left out knowingly": (
        {
            "store": False,
            "metadata": {"a": "b"},
            "prediction": {"type": "content", "content": "x"},
            "verbosity": "low",
            "service_tier": "auto",
            "safety_identifier": "x",
            "logprobs": True,
        },
        {"extra": {}},
    ),
    "a session by cache key": ({"prompt_cache_key": "k", "user": "u"}, {"session": "k"}),
    "a session by user": ({"user": "u"}, {"session": "u"}),
    "JSON output": ({"response_format": {"type": "json_object"}}, {"output": OutputFormat()}),
    "text output": ({"response_format": {"type": "text"}}, {"output": None}),
    "output by schema": (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {}, "strict": True},
            }
        },
        {"output": OutputFormat(Raw(b"{}"), "n", strict=True)},
    ),
    "a null schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": None}}},
        {"output": OutputFormat(None, "n")},
    ),
    "a tool": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
        {"tools": (Tool("f", "", Raw(b'{"type": "object"}')),)},
    ),
    "a tool without parameters, strict": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": None, "strict": True}}]},
        {"tools": (Tool("f", strict=True),)},
    ),
    "functions, the older way": (
        {"functions": [{"name": "f", "description": "d"}]},
        {
            "tools": (Tool("f", "d", extra={"shape": Raw(b'"legacy"')}),),
            "tool_choice": ToolChoice(parallel=False),
        },
    ),
    "tools empty": ({"tools": []}, {"tools": ()}),
    "choice auto": ({"tool_choice": "auto"}, {"tool_choice": ToolChoice("auto")}),
    "choice required": ({"tool_choice": "required"}, {"tool_choice": ToolChoice("required")}),
    "choice any": ({"tool_choice": "any"}, {"tool_choice": ToolChoice("required")}),
    "choice none": ({"tool_choice": "none"}, {"tool_choice": ToolChoice("none")}),
    "a named function": (
        {"tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False},
        {"tool_choice": ToolChoice("named", "f", parallel=False)},
    ),
    "a named function, the older way": (
        {"function_call": {"name": "f"}},
        {"tool_choice": ToolChoice("named", "f")},
    ),
    "fields that nobody knows": ({"logit_bias": {"1": 2}}, {"extra": {"logit_bias": Raw(b'{"1": 2}')}}),
}


@pytest.mark.parametrize(("body", "expected"), FEATURES.values(), ids=FEATURES)
def test_features(body: dict[str, Any], expected: dict[str, Any]) -> None:
    request = decode(**body)
    assert {name: getattr(request, name) for name in expected} == expected


AGENT: dict[str, Any] = {
    "model": "m",
    "user": "u",
    "stream": True,
    "stream_options": {"include_usage": True},
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "max_tokens": 500,
    "stop": ["END"],
    "input": [
        {"role": "system", "content": "You are an agent."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
    ],
    "tools": [
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False},
        {"type": "custom", "name": "ApplyPatch", "format": {"type": "grammar", "definition": "start: x"}},
    ],
}


def test_a_body_of_the_responses_api_is_understood() -> None:
    """Cursor's agent sends it here."""
    request = decode_request(json.dumps(AGENT).encode())
    assert request.system == (Text("You are an agent."),)
    assert request.turns == (Turn("user", (Text("Hi"),)),)
    assert [tool.name for tool in request.tools] == ["f", "ApplyPatch"]
    assert (request.max_tokens, request.stop, request.session) == (500, ("END",), "u")
    assert (request.stream, request.stream_usage, request.reasoning.effort) == (True, True, "medium")
    without = {name: value for name, value in AGENT.items() if name != "stream_options"}
    assert decode_request(json.dumps(without).encode()).stream_usage is False


def test_messages_come_before_input() -> None:
    assert decode(input="elsewhere").turns == (Turn("user", (Text("Hi"),)),)


CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], tuple[Text, ...], tuple[Turn, ...]]] = {
    "system and developer texts first": (
        [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HI],
        (Text("a"), Text("b")),
        (Turn("user", (Text("Hi"),)),),
    ),
    "a system message in mid-conversation": (
        [HI, {"role": "system", "content": "b"}],
        (),
        (Turn("user", (Text("Hi"),)), Turn("system", (Text("b"),))),
    ),
    "system alone is what the model is asked": (
        [{"role": "system", "content": "a"}],
        (),
        (Turn("user", (Text("a"),)),),
    ),
    "pictures by address and as data": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
                    {"type": "image_url", "image_url": "data:image/png;base64,AA"},
                ],
            }
        ],
        (),
        (Turn("user", (Text("a"), Image(url="https://a/b.png"), Image("image/png", "AA"))),),
    ),
    "calls and results": (
        [
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "hm",
                "tool_calls": [{"id": "1", "type": "function", "function": F}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "ok"},
        ],
        (),
        (
            Turn("assistant", (Thinking("hm"), ToolCall("1", "f", '{"a":1}'))),
            Turn("user", (ToolResult("1", (Text("ok"),)),)),
        ),
    ),
    "a call and its result, the older way": (
        [
            {"role": "assistant", "content": "", "function_call": F},
            {"role": "function", "name": "f", "content": "ok"},
        ],
        (),
        (
            Turn("assistant", (ToolCall("f", "f", '{"a":1}'),)),
            Turn("user", (ToolResult("f", (Text("ok"),)),)),
        ),
    ),
    "a refusal": (
        [{"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}],
        (),
        (Turn("assistant", (Text("no"),)),),
    ),
    "a role yet unknown": (
        [{"role": "narrator", "content": "a"}],
        (),
        (Turn("user", (Text("[a message of the unknown role 'narrator']"), Text("a"))),),
    ),
}


@pytest.mark.parametrize(("messages", "system", "turns"), CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_conversations(
    messages: list[dict[str, Any]], system: tuple[Text, ...], turns: tuple[Turn, ...]
) -> None:
    request = decode(messages=messages)
    assert (request.system, request.turns) == (system, turns)


def test_a_part_of_unknown_type_is_carried() -> None:
    (block,) = decode(messages=[{"role": "user", "content": [{"type": "input_audio"}]}]).turns[0].blocks
    assert isinstance(block, Opaque)
    assert block.kind == "input_audio"


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": ...}, "$.model: field required"),
    "no messages": ({"messages": ...}, "$.messages: field required"),
    "empty messages": ({"messages": []}, "$.messages: at least one message is required"),
    "messages a string": ({"messages": "Hi"}, "$.messages: Expected array, got str"),
    "content a number": (
        {"messages": [HI, {"role": "user", "content": 5}]},
        "$.messages[1].content: Expected str | array | null, got int",
    ),
    "a part without type": (
        {"messages": [{"role": "user", "content": [{"text": "a"}]}]},
        "$.messages[0].content[0]: Object missing required field type",
    ),
    "a call without a function": (
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]},
        "$.messages[0].tool_calls[0].function: field required",
    ),
    "a result without the call's id": (
        {"messages": [HI, {"role": "tool", "content": "ok"}]},
        "$.messages[1].tool_call_id: field required",
    ),
    "several choices": ({"n": 2}, "$.n: only one choice per request is served here"),
    "max_tokens 0": ({"max_tokens": 0}, "$.max_tokens: expected a whole number of at least 1, got 0"),
    "a stop that is a number": ({"stop": [1]}, "$.stop[0]: Expected str, got int"),
    "a tool without a name": (
        {"tools": [{"type": "function", "function": {}}]},
        "$.tools[0].function: Object missing required field name",
    ),
    "a tool without a function": (
        {"tools": [{"type": "function"}]},
        "$.tools[0].function: field required",
    ),
    "a choice that nobody knows": (
        {"tool_choice": "some"},
        "$.tool_choice: expected auto, required, none or a named function",
    ),
    "a named function without a name": (
        {"tool_choice": {"type": "function"}},
        "$.tool_choice: expected auto, required, none or a named function",
    ),
    "a schema format without schema": (
        {"response_format": {"type": "json_schema"}},
        "$.response_format.json_schema: field required",
    ),
    "a truth value that is a string": ({"stream": "true"}, "$.stream: Expected bool, got str"),
}


@pytest.mark.parametrize(("body", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_with_their_path(body: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode(**body)
    assert caught.value.message == message


NAMES = st.sampled_from(
    [
        "type",
        "text",
        "role",
        "content",
        "name",
        "id",
        "tool_calls",
        "tool_call_id",
        "function",
        "arguments",
        "image_url",
        "url",
    ]
)
KINDS = st.sampled_from(
    ["text", "image_url", "function", "user", "assistant", "tool", "system", "json_schema"]
)
SHAPES = st.recursive(
    JSON_VALUES | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["tools", "tool_choice", "functions", "function_call", "response_format", "stop", "n", "max_tokens"]


@given(st.dictionaries(st.sampled_from([*MINIMAL, *FIELDS]), SHAPES))
def test_no_json_raises_anything_but_bad_request(body: dict[str, Any]) -> None:
    for shaped in (body, MINIMAL | body, body | MINIMAL):
        try:
            assert isinstance(decode_request(json.dumps(shaped).encode()), Request)
        except BadRequest as error:
            assert error.message


@given(st.binary(max_size=30))
def test_no_bytes_raise_anything_but_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_request(body)
