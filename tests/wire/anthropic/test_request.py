"""Requests of Anthropic's protocol: every feature, every mistake, and nothing but BadRequest for all else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

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
from dragoman.wire.anthropic.request import decode_request
from tests.streams import JSON_VALUES

MINIMAL: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 5,
    "messages": [{"role": "user", "content": "Hi"}],
}
SCHEMA = Raw(b'{"type":"object"}')


def decode(**changed: Any) -> Request:
    body = MINIMAL | changed
    return decode_request(json.dumps({name: value for name, value in body.items() if value != ...}).encode())


def test_the_smallest_request() -> None:
    assert decode() == Request(
        "claude-x", (Turn("user", (Text("Hi"),)),), max_tokens=5, reasoning=Reasoning(enabled=False)
    )


FEATURES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "system as a string": ({"system": "Be brief."}, {"system": (Text("Be brief."),)}),
    "system as blocks": (
        {"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
        {"system": (Text("a"),)},
    ),
    "no system": ({"system": None}, {"system": ()}),
    "an empty system": ({"system": ""}, {"system": ()}),
    "streamed": ({"stream": True}, {"stream": True}),
    "stream null": ({"stream": None}, {"stream": False}),
    "sampling": (
        {"temperature": 1, "top_p": 0.9, "top_k": 40},
        {"sampling": {"temperature": 1, "top_p": 0.9, "top_k": 40}},
    ),
    "sampling null": ({"temperature": None}, {"sampling": {}}),
    "stop sequences, empty ones left out": ({"stop_sequences": ["a", "", "\n"]}, {"stop": ("a", "\n")}),
    "stop sequences null": ({"stop_sequences": None}, {"stop": ()}),
    "thinking adaptive": ({"thinking": {"type": "adaptive"}}, {"reasoning": Reasoning(enabled=True)}),
    "thinking with a budget": (
        {"thinking": {"type": "enabled", "budget_tokens": 31999}},
        {"reasoning": Reasoning(enabled=True, budget=31999)},
    ),
    "thinking off": ({"thinking": {"type": "disabled"}}, {"reasoning": Reasoning(enabled=False)}),
    "thinking null": ({"thinking": None}, {"reasoning": Reasoning(enabled=False)}),
    "thinking of a kind yet unknown": (
        {"thinking": {"type": "telepathy"}},
        {"reasoning": Reasoning(enabled=False)},
    ),
    "effort": ({"output_config": {"effort": "high"}}, {"reasoning": Reasoning(enabled=False, effort="high")}),
    "an output schema": (
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
        {"output": OutputFormat(Raw(b'{"type": "object"}'))},
    ),
    "an output schema null": (
        {"output_config": {"format": {"type": "json_schema", "schema": None}}},
        {"output": None},
    ),
    "output_config null": ({"output_config": None}, {"output": None}),
    "choice auto": ({"tool_choice": {"type": "auto"}}, {"tool_choice": ToolChoice("auto")}),
    "choice any": ({"tool_choice": {"type": "any"}}, {"tool_choice": ToolChoice("required")}),
    "choice none": ({"tool_choice": {"type": "none"}}, {"tool_choice": ToolChoice("none")}),
    "choice of one tool": (
        {"tool_choice": {"type": "tool", "name": "f"}},
        {"tool_choice": ToolChoice("named", "f")},
    ),
    "one call at most": (
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        {"tool_choice": ToolChoice("auto", parallel=False)},
    ),
    "choice null": ({"tool_choice": None}, {"tool_choice": ToolChoice()}),
    "no tools": ({"tools": []}, {"tools": ()}),
    "tools null": ({"tools": None}, {"tools": ()}),
    "the session of Claude Code": (
        {"metadata": {"user_id": '{"device_id":"d","account_uuid":"","session_id":"s-1"}'}},
        {"session": "s-1"},
    ),
    "any other user id": ({"metadata": {"user_id": "me"}}, {"session": "me"}),
    "a user id that looks like JSON": (
        {"metadata": {"user_id": '{"session_id": 5}'}},
        {"session": '{"session_id": 5}'},
    ),
    "metadata of a wrong type": ({"metadata": [1]}, {"session": ""}),
    "metadata null": ({"metadata": None}, {"session": ""}),
    "a system message in mid-conversation": (
        {"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
        {"turns": (Turn("user", (Text("a"),)), Turn("system", (Text("b"),)))},
    ),
    "a role yet unknown": (
        {"messages": [{"role": "narrator", "content": "a"}]},
        {"turns": (Turn("user", (Text("[a message of the unknown role 'narrator']"), Text("a"))),)},
    ),
    "fields that nobody knows": (
        {"temperament": {"mild": []}, "mcp_servers": ["x"]},
        {"extra": {"temperament": Raw(b'{"mild": []}'), "mcp_servers": Raw(b'["x"]')}},
    ),
    "fields that ask for nothing here": (
        {"context_management": {"edits": []}, "betas": ["x"]},
        {"extra": {}},
    ),
}


@pytest.mark.requirement("CC-10")
@pytest.mark.requirement("CC-11")
@pytest.mark.requirement("CC-13")
@pytest.mark.requirement("CC-29")
@pytest.mark.parametrize(("body", "expected"), FEATURES.values(), ids=FEATURES)
def test_features(body: dict[str, Any], expected: dict[str, Any]) -> None:
    request = decode(**body)
    assert {name: getattr(request, name) for name in expected} == expected


@pytest.mark.parametrize("body", [body for body, _ in FEATURES.values()], ids=FEATURES)
def test_a_field_that_nobody_knows_changes_nothing_else(body: dict[str, Any]) -> None:
    request = decode(**body)
    extra = {**request.extra, "brand_new": Raw(b"1")}
    assert decode(**body, brand_new=1) == replace(request, extra=extra)


TOOLS: dict[str, tuple[dict[str, Any], Tool]] = {
    "a tool": (
        {"name": "f", "description": "d", "input_schema": {"type": "object"}, "cache_control": None},
        Tool("f", "d", Raw(b'{"type": "object"}')),
    ),
    "a custom tool, strict": (
        {"type": "custom", "name": "f", "input_schema": {}, "strict": True},
        Tool("f", "", Raw(b"{}"), strict=True),
    ),
    "no description, no schema": ({"name": "f"}, Tool("f")),
    "null description and schema": ({"name": "f", "description": None, "input_schema": None}, Tool("f")),
    "what newer clients add": (
        {"name": "f", "input_schema": {}, "defer_loading": True, "eager_input_streaming": True},
        Tool("f", "", Raw(b"{}")),
    ),
    "a tool of the server's": (
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 8},
        Tool(
            "web_search",
            kind="web_search_20250305",
            extra={
                "type": Raw(b'"web_search_20250305"'),
                "name": Raw(b'"web_search"'),
                "max_uses": Raw(b"8"),
            },
        ),
    ),
}


@pytest.mark.requirement("CC-28")
@pytest.mark.parametrize(("wire", "tool"), TOOLS.values(), ids=TOOLS)
def test_tools(wire: dict[str, Any], tool: Tool) -> None:
    assert decode(tools=[wire]).tools == (tool,)


@pytest.mark.requirement("CC-26")
def test_a_schema_keeps_its_bytes() -> None:
    schema = b'{"$schema":"x","properties":{"b":{"const":1.50},"a":{"$ref":"#/$defs/q"}},"propertyNames":{}}'
    body = (
        b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}],'
        b'"tools":[{"name":"f","input_schema":%s}]}'
    )
    assert bytes(decode_request(body % schema).tools[0].schema) == schema


@pytest.mark.requirement("CC-21")
@pytest.mark.requirement("CC-24")
def test_a_conversation_with_everything() -> None:
    png = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}
    assistant = [
        {"type": "thinking", "thinking": "hm", "signature": "foreign"},
        {"type": "text", "text": "Now"},
        {"type": "tool_use", "id": "1", "name": "f", "input": {"a": [1]}},
        {"type": "tool_use", "id": "2", "name": "g", "input": {}},
    ]
    results = [
        {"type": "tool_result", "tool_use_id": "2", "content": [png], "is_error": False},
        {"type": "tool_result", "tool_use_id": "1", "content": "no", "is_error": True},
        {"type": "text", "text": "go on"},
        {"type": "hologram"},
    ]
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": assistant},
        {"role": "user", "content": results},
    ]
    assert decode(messages=messages).turns == (
        Turn("user", (Text("a"),)),
        Turn(
            "assistant",
            (
                Thinking("hm", "foreign"),
                Text("Now"),
                ToolCall("1", "f", '{"a": [1]}'),
                ToolCall("2", "g", "{}"),
            ),
        ),
        Turn(
            "user",
            (
                ToolResult("2", (Image("image/png", "AA"),)),
                ToolResult("1", (Text("no"),), is_error=True),
                Text("go on"),
                Opaque("hologram", Raw(b'{"type": "hologram"}')),
            ),
        ),
    )


@pytest.mark.requirement("CC-24")
@pytest.mark.parametrize("signature", [{}, {"signature": None}, {"signature": ""}, {"signature": "foreign"}])
def test_past_thinking_needs_no_signature(signature: dict[str, Any]) -> None:
    thought = {"type": "thinking", "thinking": "hm", **signature}
    (block,) = decode(messages=[{"role": "assistant", "content": [thought]}]).turns[0].blocks
    assert isinstance(block, Thinking)
    assert block.text == "hm"


@pytest.mark.requirement("CC-22")
@pytest.mark.parametrize(
    "given_input", ['"text"', "[1,2]", "null", "5", '{"__unparsedToolInput":{"raw":"{","len":1}}']
)
def test_an_echoed_input_of_any_kind_is_taken_as_it_is(given_input: str) -> None:
    call = {"type": "tool_use", "id": "1", "name": "f", "input": json.loads(given_input)}
    (block,) = decode(messages=[{"role": "assistant", "content": [call]}]).turns[0].blocks
    assert isinstance(block, ToolCall)
    assert json.loads(block.arguments) == json.loads(given_input)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": ...}, "$.model: field required"),
    "model null": ({"model": None}, "$.model: field required"),
    "model a number": ({"model": 5}, "$.model: Expected str, got int"),
    "no max_tokens": ({"max_tokens": ...}, "$.max_tokens: field required"),
    "max_tokens null": ({"max_tokens": None}, "$.max_tokens: field required"),
    "max_tokens 0": ({"max_tokens": 0}, "$.max_tokens: expected a whole number of at least 1, got 0"),
    "max_tokens a string": ({"max_tokens": "5"}, "$.max_tokens: Expected int, got str"),
    "no messages": ({"messages": ...}, "$.messages: field required"),
    "messages null": ({"messages": None}, "$.messages: field required"),
    "empty messages": ({"messages": []}, "$.messages: at least one message is required"),
    "messages an object": ({"messages": {}}, "$.messages: Expected array, got object"),
    "a message that is a string": ({"messages": ["Hi"]}, "$.messages[0]: Expected object, got str"),
    "a message without role": (
        {"messages": [{"content": "a"}]},
        "$.messages[0]: Object missing required field role",
    ),
    "a role that is a number": (
        {"messages": [{"role": 1, "content": "a"}]},
        "$.messages[0].role: Expected str, got int",
    ),
    "content null": (
        {"messages": [{"role": "user", "content": None}]},
        "$.messages[0].content: Expected str | array, got null",
    ),
    "a block's text a number, deep in the conversation": (
        {"messages": [*MINIMAL["messages"], {"role": "user", "content": [{"type": "text", "text": 1}]}]},
        "$.messages[1].content[0].text: Expected str, got int",
    ),
    "the same beside a kind yet unknown": (
        {"messages": [{"role": "user", "content": [{"type": "hologram"}, {"type": "text", "text": 1}]}]},
        "$.messages[0].content[1].text: Expected str, got int",
    ),
    "system a number": ({"system": 5}, "$.system: Expected str | array, got int"),
    "tools an object": ({"tools": {}}, "$.tools: Expected array, got object"),
    "a tool without a name": ({"tools": [{}]}, "$.tools[0]: Object missing required field name"),
    "a schema that is a string": (
        {"tools": [{"name": "f"}, {"name": "g", "input_schema": "x"}]},
        "$.tools[1].input_schema: Expected object",
    ),
    "a choice that is a string": ({"tool_choice": "auto"}, "$.tool_choice: Expected object, got str"),
    "a choice of an unknown type": (
        {"tool_choice": {"type": "some"}},
        "$.tool_choice.type: expected auto, any, tool or none, got 'some'",
    ),
    "a choice of a tool without name": (
        {"tool_choice": {"type": "tool"}},
        "$.tool_choice.name: field required",
    ),
    "stop sequences a string": ({"stop_sequences": "a"}, "$.stop_sequences: Expected array, got str"),
    "a stop sequence a number": ({"stop_sequences": ["a", 1]}, "$.stop_sequences[1]: Expected str, got int"),
    "temperature a string": ({"temperature": "hot"}, "$.temperature: Expected int | float, got str"),
    "stream a string": ({"stream": "yes"}, "$.stream: Expected bool, got str"),
    "thinking a truth value": ({"thinking": True}, "$.thinking: Expected object, got bool"),
    "a budget that is a string": (
        {"thinking": {"type": "enabled", "budget_tokens": "many"}},
        "$.thinking.budget_tokens: Expected int | null, got str",
    ),
}


@pytest.mark.parametrize(("body", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_with_their_path(body: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode(**body)
    assert caught.value.message.startswith(message)


def test_counting_needs_no_max_tokens() -> None:
    body = {name: value for name, value in MINIMAL.items() if name != "max_tokens"}
    assert decode_request(json.dumps(body).encode(), counting=True).max_tokens is None


def test_lone_surrogates_become_the_sign_for_what_is_lost() -> None:
    body = (
        rb'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"cut \ud83d"},'
        rb'{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f",'
        rb'"input":{"a":"\udc00","\ud800":"\\ud800"}}]}]}'
    )
    first, second = decode_request(body).turns
    assert first.blocks == (Text("cut �"),)
    assert isinstance(second.blocks[0], ToolCall)
    assert json.loads(second.blocks[0].arguments) == {"a": "�", "�": "\\ud800"}


def test_bytes_that_are_no_utf8_pass_nowhere() -> None:
    hole = (
        b'{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":['
        b'{"type":"tool_use","id":"1","name":"f","input":{"a":"\xff"}}]}]}'
    )
    with pytest.raises(BadRequest, match="not valid JSON"):
        decode_request(hole)


NAMES = st.sampled_from(
    [
        "type",
        "text",
        "role",
        "content",
        "source",
        "input",
        "id",
        "name",
        "tool_use_id",
        "data",
        "schema",
        "format",
    ]
)
KINDS = st.sampled_from(
    ["text", "tool_use", "tool_result", "document", "image", "thinking", "content", "tool", "user"]
)
LEAVES = JSON_VALUES | KINDS
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(
    st.sampled_from(
        [
            *MINIMAL,
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "metadata",
            "stop_sequences",
            "stream",
        ]
    ),
    SHAPES,
)


@given(BODIES)
def test_no_json_raises_anything_but_bad_request(body: dict[str, Any]) -> None:
    for shaped in (body, MINIMAL | body, body | MINIMAL):
        try:
            assert isinstance(decode_request(json.dumps(shaped).encode()), Request)
        except BadRequest as error:
            assert error.message


GOOD = json.dumps(
    MINIMAL | {"system": "ä", "tools": [{"name": "f", "input_schema": {}}], "thinking": {"type": "adaptive"}},
    ensure_ascii=False,
).encode()


@given(st.integers(0, len(GOOD)), st.binary(max_size=4), st.integers(0, 6))
def test_no_damage_raises_anything_but_bad_request(at: int, put: bytes, lost: int) -> None:
    try:
        decode_request(GOOD[:at] + put + GOOD[at + lost :])
    except BadRequest as error:
        assert error.message


@given(st.binary(max_size=30))
def test_no_bytes_raise_anything_but_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_request(body)
