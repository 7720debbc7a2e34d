"""Requests for a response, as `openai` and Codex send them, as Requests."""

import json
from typing import Any

import msgspec
import pytest

from dragoman.model.errors import BadRequest
from dragoman.model.turn import OutputFormat, Reasoning, Request, Text, Turn
from dragoman.wire.openai_responses import decode_request

# A request of Codex 0.169 without its long texts.
CODEX: dict[str, Any] = {
    "model": "scripted",
    "stream": True,
    "input": [
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "You are Codex."}],
        },
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Skills."}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<cwd>/x</cwd>"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go."}]},
    ],
    "tools": [
        {"type": "function", "name": "exec_command", "strict": False, "parameters": {"type": "object"}}
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "01a1",
    "text": {"verbosity": "low"},
    "client_metadata": {"x-codex-window-id": "01a1:0"},
}


def asked(**fields: Any) -> Request:
    return decode_request(json.dumps({"model": "m", "input": "Hi"} | fields).encode())


def test_a_request_of_codex() -> None:
    request = decode_request(json.dumps(CODEX).encode())
    assert request.system == (Text("You are Codex."), Text("Skills."))
    assert request.turns == (Turn("user", (Text("<cwd>/x</cwd>"),)), Turn("user", (Text("Go."),)))
    assert (request.model, request.session, request.stream) == ("scripted", "01a1", True)
    assert request.reasoning == Reasoning(None, "medium")
    assert [tool.name for tool in request.tools] == ["exec_command"]
    assert request.max_tokens is None
    assert request.output is None


def test_half_a_character_does_not_end_a_session() -> None:
    body = rb'{"model": "m", "input": [{"role": "user", "content": "a\ud83d"}]}'
    assert decode_request(body).turns == (Turn("user", (Text("a\ufffd"),)),)


def test_instructions_stand_before_the_system_messages_that_open_the_conversation() -> None:
    messages = [
        {"role": "developer", "content": "B"},
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "C"},
    ]
    request = asked(instructions="A", input=messages)
    assert request.system == (Text("A"), Text("B"))
    assert [turn.role for turn in request.turns] == ["user", "system"]


def test_instructions_alone_are_what_the_model_answers() -> None:
    request = asked(input=[{"role": "developer", "content": "Say hi."}])
    assert request.system == ()
    assert request.turns == (Turn("user", (Text("Say hi."),)),)


FIELDS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "the limit": ({"max_output_tokens": 7}, "max_tokens", 7),
    "sampling": ({"temperature": 0.5, "top_p": 1}, "sampling", {"temperature": 0.5, "top_p": 1}),
    "no thinking": ({"reasoning": {"effort": "none"}}, "reasoning", Reasoning(False, "none")),
    "no word on thinking": ({"reasoning": {"summary": "auto"}}, "reasoning", Reasoning()),
    "plain text": ({"text": {"format": {"type": "text"}}}, "output", None),
    "any object": ({"text": {"format": {"type": "json_object"}}}, "output", OutputFormat()),
    "nothing stored": ({"store": True, "previous_response_id": None, "background": False}, "stream", False),
    "a user": ({"user": "u"}, "session", "u"),
}


@pytest.mark.parametrize("case", FIELDS)
def test_fields(case: str) -> None:
    given, name, wanted = FIELDS[case]
    assert getattr(asked(**given), name) == wanted


def test_output_by_a_schema() -> None:
    given = {"type": "json_schema", "name": "city", "strict": True, "schema": {"type": "object"}}
    output = asked(text={"format": given}).output
    assert output is not None
    assert output.schema is not None
    assert (output.name, output.strict) == ("city", True)
    assert msgspec.json.decode(output.schema) == {"type": "object"}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "$.model: field required"),
    "no input": ({"input": None}, "$.input: field required"),
    "an empty input": ({"input": []}, "$.input: at least one item is required"),
    "an earlier response": (
        {"previous_response_id": "resp_1"},
        "$.previous_response_id: no response is stored here; send the whole conversation as `input`",
    ),
    "a stored conversation": (
        {"conversation": "conv_1"},
        "$.conversation: no conversation is stored here; send it as `input`",
    ),
    "a stored prompt": (
        {"prompt": {"id": "p"}},
        "$.prompt: no prompt template is stored here; send it as `instructions` and `input`",
    ),
    "in the background": (
        {"background": True},
        "$.background: a response is given to the request that asks for it, or not at all",
    ),
    "no room": (
        {"max_output_tokens": 0},
        "$.max_output_tokens: expected a whole number of at least 1, got 0",
    ),
    "a schema that is none": (
        {"text": {"format": {"type": "json_schema", "schema": 1}}},
        "$.text.format.schema: an object is required",
    ),
    "a wrong type": ({"temperature": "hot"}, "$.temperature: Expected int | float, got str"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_path(case: str) -> None:
    given, message = REFUSED[case]
    with pytest.raises(BadRequest) as caught:
        asked(**given)
    assert caught.value.message == message
