"""The body that an engine gets: nothing that it refuses, nothing that would make its prompt vary."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman.model.profile import Profile
from dragoman.model.turn import (
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
from dragoman.wire.openai_chat.upstream import Terms, encode_count, encode_request
from tests.streams import ASKED

HI = Request("alias", (Turn("user", (Text("Hi"),)),))
TOOLS = (Tool("f", "d", Raw(b'{"b": 1.50, "a":{}}')),)


def encode(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_request(request, "served"))
    return body


def test_the_smallest_body() -> None:
    assert encode_request(HI, "served") == b'{"model":"served","messages":[{"role":"user","content":"Hi"}]}'


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "streams come with usage": (
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}},
    ),
    "the room for the reply": ({"max_tokens": 10**30}, {"max_tokens": 10**30}),
    "sampling": ({"sampling": {"temperature": 0.5, "top_k": 4}}, {"temperature": 0.5, "top_k": 4}),
    "four stop strings, as many as vLLM takes": ({"stop": tuple("abcde")}, {"stop": ["a", "b", "c", "d"]}),
    "no tools, no choice": ({"tool_choice": ToolChoice("required")}, {}),
    "choice auto is left out": ({"tools": TOOLS}, {}),
    "choice required": ({"tools": TOOLS, "tool_choice": ToolChoice("required")}, {"tool_choice": "required"}),
    "choice none": ({"tools": TOOLS, "tool_choice": ToolChoice("none")}, {"tool_choice": "none"}),
    "a named tool, one call at most": (
        {"tools": TOOLS, "tool_choice": ToolChoice("named", "f", parallel=False)},
        {
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "parallel_tool_calls": False,
        },
    ),
    "thinking on": (
        {"reasoning": Reasoning(enabled=True)},
        {"chat_template_kwargs": {"enable_thinking": True}},
    ),
    "what the client says to the template wins": (
        {
            "reasoning": Reasoning(enabled=False),
            "extra": {"chat_template_kwargs": Raw(b'{"enable_thinking":true,"n":1e2}')},
        },
        {"chat_template_kwargs": {"enable_thinking": True, "n": 100.0}},
    ),
    "nonsense to the template is left to the engine": (
        {"extra": {"chat_template_kwargs": Raw(b"5")}},
        {"chat_template_kwargs": 5},
    ),
    "fields of the engine's own": (
        {"extra": {"vllm_xargs": Raw(b'{"a":1}'), "metadata": Raw(b"{}"), "store": Raw(b"true")}},
        {"vllm_xargs": {"a": 1}},
    ),
    "JSON output": ({"output": OutputFormat()}, {"response_format": {"type": "json_object"}}),
    "output by schema": (
        {"output": OutputFormat(Raw(b'{"a":1}'), "n", strict=True)},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"a": 1}, "strict": True},
            }
        },
    ),
}


@pytest.mark.requirement("CC-14")
@pytest.mark.requirement("CC-29")
@pytest.mark.parametrize(("changed", "expected"), FIELDS.values(), ids=FIELDS)
def test_fields(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    body = encode(replace(HI, **changed))
    prompt = {"model": "served", "messages": [{"role": "user", "content": "Hi"}]}
    tools = {"tools": body["tools"]} if "tools" in changed else {}
    assert body == prompt | tools | expected


def test_tools_keep_the_bytes_of_their_schema() -> None:
    function = b'{"name":"f","description":"d","parameters":{"b": 1.50, "a":{}}}'
    assert b'"tools":[{"type":"function","function":%s}]' % function in encode_request(
        replace(HI, tools=TOOLS), "served"
    )


PICTURE = Image("image/png", "AA")
TURNS: dict[str, tuple[tuple[Turn, ...], list[dict[str, Any]]]] = {
    "texts are joined as vLLM joins them": (
        (Turn("user", (Text("a"), Text("b"))),),
        [{"role": "user", "content": "a\nb"}],
    ),
    "pictures make parts": (
        (Turn("user", (Text("a"), PICTURE, Image(url="https://x"))),),
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                    {"type": "image_url", "image_url": {"url": "https://x"}},
                ],
            }
        ],
    ),
    "thinking, text and calls in one message": (
        (
            Turn("assistant", (Thinking("hm"), Text("a"), ToolCall("1", "f", '{"a": 1}'), Text("b"))),
            Turn("user", (ToolResult("1", (Text("ok"),)), Text("c"))),
        ),
        [
            {
                "role": "assistant",
                "content": "a\nb",
                "reasoning_content": "hm",
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": "ok"},
            {"role": "user", "content": "c"},
        ],
    ),
    "the model sees that a tool failed": (
        (Turn("user", (ToolResult("1", (Text("no"),), is_error=True),)),),
        [{"role": "tool", "tool_call_id": "1", "content": "[the tool reported an error]\nno"}],
    ),
    "a result's picture follows as the user's": (
        (Turn("user", (ToolResult("1", (Text("a"), PICTURE)), ToolResult("2"), Text("b"))),),
        [
            {"role": "tool", "tool_call_id": "1", "content": "a"},
            {"role": "tool", "tool_call_id": "2", "content": ""},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                    {"type": "text", "text": "b"},
                ],
            },
        ],
    ),
    "an empty turn": ((Turn("user", ()),), [{"role": "user", "content": ""}]),
}


@pytest.mark.parametrize(("turns", "messages"), TURNS.values(), ids=TURNS)
def test_messages(turns: tuple[Turn, ...], messages: list[dict[str, Any]]) -> None:
    assert encode(Request("m", turns))["messages"] == messages


def test_system_texts_are_one_message() -> None:
    body = encode(replace(HI, system=(Text("a"), Text("b"))))
    assert body["messages"][0] == {"role": "system", "content": "a\nb"}


def test_a_begun_reply_is_continued() -> None:
    body = encode(replace(HI, turns=(*HI.turns, Turn("assistant", (Text("{"),)))))
    assert body["continue_final_message"] is True
    assert body["add_generation_prompt"] is False


def test_a_count_is_asked_for_the_very_prompt() -> None:
    request = replace(
        HI,
        tools=TOOLS,
        tool_choice=ToolChoice("required"),
        max_tokens=5,
        stream=True,
        reasoning=Reasoning(enabled=True),
        sampling={"temperature": 1},
    )
    counted, asked = json.loads(encode_count(request, "served")), encode(request)
    assert counted == {name: asked[name] for name in ("model", "messages", "tools", "chat_template_kwargs")}


@pytest.mark.parametrize(("thinking", "sent"), [("switch", False), ("never", False), ("always", None)])
def test_a_family_that_always_thinks_is_not_told_to_stop(thinking: Any, sent: bool | None) -> None:
    request = replace(ASKED, reasoning=Reasoning(enabled=False))
    terms = Terms(profile=Profile("family", thinking=thinking))
    body = json.loads(encode_request(request, "m", terms))
    assert body.get("chat_template_kwargs", {}).get("enable_thinking") == sent
    body = json.loads(encode_request(replace(request, reasoning=Reasoning(enabled=True)), "m", terms))
    assert body["chat_template_kwargs"] == {"enable_thinking": True}
