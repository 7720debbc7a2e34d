"""Messages in the parts of other protocols, which agents send as well; OpenAI's own are in test_request."""

import json
from typing import Any

import pytest

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, Document, Image, Opaque, Text, Thinking, ToolCall, ToolResult, Turn
from dragoman.wire.fields import Fields
from dragoman.wire.openai_chat.messages import DEPTH, conversation


def turns(*messages: dict[str, Any]) -> tuple[Turn, ...]:
    return conversation(Fields(json.dumps({"messages": messages}).encode()))[1]


PDF = "data:application/pdf;base64,JVBE"
PNG = {"type": "base64", "media_type": "image/png", "data": "iVBO"}

PARTS: dict[str, tuple[dict[str, Any], Block]] = {
    "text of the Responses API": ({"type": "input_text", "text": "a"}, Text("a")),
    "a picture of the Responses API": (
        {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "auto"},
        Image("image/png", "iVBO"),
    ),
    "a PDF": (
        {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
        Document("a.pdf", "application/pdf", "JVBE"),
    ),
    "a PDF of the Responses API": (
        {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
        Document("a.pdf", "application/pdf", "JVBE"),
    ),
    "a picture in Anthropic's form": ({"type": "image", "source": PNG}, Image("image/png", "iVBO")),
    "a text in Anthropic's form": (
        {
            "type": "document",
            "title": "t",
            "source": {"type": "text", "media_type": "text/plain", "data": "x"},
        },
        Document("t", "text/plain", text="x"),
    ),
    "a PDF by address": (
        {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
        Document(url="https://a/b.pdf"),
    ),
    "thinking": ({"type": "thinking", "thinking": "hm", "signature": "s"}, Thinking("hm")),
    "a call in Anthropic's form": (
        {"type": "tool_use", "id": "1", "name": "f", "input": {"a": [1, None]}},
        ToolCall("1", "f", '{"a": [1, null]}'),
    ),
    "a call without arguments": ({"type": "tool_use", "id": "1", "name": "f"}, ToolCall("1", "f", "{}")),
    "a result in Anthropic's form": (
        {
            "type": "tool_result",
            "tool_use_id": "1",
            "content": [{"type": "text", "text": "ok"}, {"type": "image", "source": PNG}],
            "is_error": True,
        },
        ToolResult("1", (Text("ok"), Image("image/png", "iVBO")), is_error=True),
    ),
    "a result as a string": (
        {"type": "tool_result", "tool_use_id": "1", "content": "ok"},
        ToolResult("1", (Text("ok"),)),
    ),
}


@pytest.mark.parametrize(("part", "block"), PARTS.values(), ids=PARTS)
def test_parts(part: dict[str, Any], block: Block) -> None:
    assert turns({"role": "user", "content": [part]}) == (Turn("user", (block,)),)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "tool_use", "name": "f"},
        {"type": "image_url"},
        {"type": "image"},
        {"type": "brand_new"},
    ],
)
def test_what_is_not_understood_is_carried(part: dict[str, Any]) -> None:
    (block,) = turns({"role": "user", "content": [part]})[0].blocks
    assert isinstance(block, Opaque)
    assert block.kind == part["type"]


CALLS: dict[str, tuple[dict[str, Any], ToolCall]] = {
    "a custom tool's text": (
        {"id": "1", "type": "custom", "custom": {"name": "p", "input": 'a "b"\n'}},
        ToolCall("1", "p", '{"input":"a \\"b\\"\\n"}'),
    ),
    "raw text as arguments stays": (
        {"id": "1", "type": "function", "function": {"name": "p", "arguments": "*** Begin Patch"}},
        ToolCall("1", "p", "*** Begin Patch"),
    ),
    "arguments as an object": (
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}},
        ToolCall("1", "f", '{"a":1}'),
    ),
    "no arguments": (
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": ""}},
        ToolCall("1", "f", "{}"),
    ),
}


@pytest.mark.parametrize(("wire", "call"), CALLS.values(), ids=CALLS)
def test_calls(wire: dict[str, Any], call: ToolCall) -> None:
    assert turns({"role": "assistant", "content": None, "tool_calls": [wire]}) == (
        Turn("assistant", (call,)),
    )


def test_content_nested_without_end_is_refused() -> None:
    part: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(DEPTH + 2):
        part = {"type": "tool_result", "tool_use_id": "1", "content": [part]}
    with pytest.raises(BadRequest, match="nested more than 4 deep"):
        turns({"role": "user", "content": [part]})
