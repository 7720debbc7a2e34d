"""Content blocks: known kinds become ours, unknown ones are carried, and nothing before them changes."""

import json
from typing import Any

import pytest
from msgspec import Raw

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Block, Document, Image, Opaque, Text, Thinking, ToolCall, ToolResult
from dragoman.wire.anthropic.blocks import DEPTH, SYSTEM, decode_blocks, hide_unknown, to_model

PLAIN = {"media_type": "text/plain"}
TWO = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

CASES: dict[str, tuple[Any, tuple[Block, ...]]] = {
    "a string": ("a", (Text("a"),)),
    "an empty string is nothing": ("", ()),
    "an empty list is nothing": ([], ()),
    "text, whatever else it carries": (
        [
            {
                "type": "text",
                "text": "a",
                "cache_control": {"type": "ephemeral", "ttl": "1h"},
                "citations": None,
            }
        ],
        (Text("a"),),
    ),
    "a picture as base64": (
        [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}],
        (Image("image/png", "AA=="),),
    ),
    "a picture by its address": (
        [{"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}],
        (Image(url="https://a/b.png"),),
    ),
    "thinking with a signature": (
        [{"type": "thinking", "thinking": "hm", "signature": "s"}],
        (Thinking("hm", "s"),),
    ),
    "thinking with no or a null signature": (
        [{"type": "thinking", "thinking": "a"}, {"type": "thinking", "thinking": "b", "signature": None}],
        (Thinking("a"), Thinking("b")),
    ),
    "hidden thinking": (
        [{"type": "redacted_thinking", "data": "x"}],
        (Thinking("", "x", redacted=True),),
    ),
    "a call without input": ([{"type": "tool_use", "id": "1", "name": "f"}], (ToolCall("1", "f", "{}"),)),
    "a result as a string, that it is an error": (
        [{"type": "tool_result", "tool_use_id": "1", "content": "no", "is_error": True}],
        (ToolResult("1", (Text("no"),), is_error=True),),
    ),
    "a result without content": (
        [
            {"type": "tool_result", "tool_use_id": "1"},
            {"type": "tool_result", "tool_use_id": "2", "content": None},
        ],
        (ToolResult("1"), ToolResult("2")),
    ),
    "a result with blocks": (
        [
            {
                "type": "tool_result",
                "tool_use_id": "1",
                "is_error": False,
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A"}},
                ],
            }
        ],
        (ToolResult("1", (Text("a"), Image("image/png", "A"))),),
    ),
    "a document of text": (
        [
            {
                "type": "document",
                "title": "t",
                "source": {"type": "text", "media_type": "text/plain", "data": "a"},
            }
        ],
        (Document("t", "text/plain", text="a"),),
    ),
    "a document as base64": (
        [
            {
                "type": "document",
                "title": None,
                "source": {"type": "base64", "media_type": "application/pdf", "data": "A"},
            }
        ],
        (Document("", "application/pdf", "A"),),
    ),
    "a document of blocks": (
        [
            {
                "type": "document",
                "source": {
                    "type": "content",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                },
            }
        ],
        (Document("", "text/plain", text="a\nb"),),
    ),
    "a document whose content is a string": (
        [{"type": "document", "source": {"type": "content", "content": "a"}}],
        (Document("", "text/plain", text="a"),),
    ),
}


@pytest.mark.parametrize(("content", "blocks"), CASES.values(), ids=CASES)
def test_blocks(content: Any, blocks: tuple[Block, ...]) -> None:
    assert decode(content) == blocks


def decode(content: Any) -> tuple[Block, ...]:
    return to_model(decode_blocks("$.system", Raw(json.dumps(content).encode()), SYSTEM))


def test_an_unknown_kind_is_carried_with_its_bytes() -> None:
    raw = b'[{"type":"text","text":"a"},{"type":"hologram","depth" : 1e3,"content":[{"type":"x"}]}]'
    blocks = to_model(decode_blocks("$", Raw(raw), SYSTEM))
    assert blocks == (
        Text("a"),
        Opaque("hologram", Raw(b'{"type":"hologram","depth" : 1e3,"content":[{"type":"x"}]}')),
    )


def test_unknown_kinds_inside_results_and_documents_are_carried_too() -> None:
    result = {
        "type": "tool_result",
        "tool_use_id": "1",
        "content": [{"type": "tool_reference", "tool_name": "X"}],
    }
    (block,) = decode([result])
    assert isinstance(block, ToolResult)
    assert block.content == (Opaque("tool_reference", Raw(b'{"type": "tool_reference", "tool_name": "X"}')),)
    source = {"type": "content", "content": [{"type": "text", "text": "a"}, {"type": "hologram"}]}
    assert decode([{"type": "document", "source": source}]) == (Document("", "text/plain", text="a"),)


def test_an_unknown_kind_does_not_change_the_bytes_of_a_call() -> None:
    call = b'{"type":"tool_use","id":"1","name":"f","input":{"a" : 1.50,"b":12345678901234567890123,"a":2}}'
    raw = b'[{"role":"assistant","content":[%s]},{"role":"user","content":[{"type":"hologram"}]}]' % call
    assert b'{"a" : 1.50,"b":12345678901234567890123,"a":2}' in bytes(hide_unknown(Raw(raw)))


def test_a_client_cannot_name_our_own_mark_for_the_unknown() -> None:
    (block,) = decode([{"type": "\0opaque", "kind": "text", "raw": {}}])
    assert isinstance(block, Opaque)
    assert block.kind in ("text", "\0opaque")


MISTAKES: dict[str, tuple[Any, str]] = {
    "neither string nor list": (5, "$.system: Expected str | array, got int"),
    "a block that is a string": (["a"], "$.system[0]: Expected object, got str"),
    "a block without a type": ([{"text": "a"}], "$.system[0]: Object missing required field type"),
    "a type that is a number": ([{"type": 5}], "$.system[0].type: Expected str"),
    "text that is a number": ([{"type": "text", "text": 5}], "$.system[0].text: Expected str, got int"),
    "text that is null": ([{"type": "text", "text": None}], "$.system[0].text: Expected str, got null"),
    "text without text": ([{"type": "text"}], "$.system[0]: Object missing required field text"),
    "a call without a name": (
        [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "1"}],
        "$.system[1]: Object missing required field name",
    ),
    "a wrong type in a result": (
        [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": 1}]}],
        "$.system[0].content[0].text: Expected str, got int",
    ),
    "a wrong type in a document": (
        [{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": 1}]}}],
        "$.system[0].source.content[0].text: Expected str, got int",
    ),
    "a wrong type after an unknown kind": (
        [{"type": "hologram"}, {"type": "text", "text": 1}],
        "$.system[1].text: Expected str, got int",
    ),
}


@pytest.mark.parametrize(("content", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_with_their_path(content: Any, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode(content)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("levels", [DEPTH + 2, 200, 470, 5000])
def test_content_nested_too_deep_is_the_clients_mistake(levels: int) -> None:
    nested = b'[{"type":"tool_result","tool_use_id":"1","content":' * levels + b'"a"' + b"}]" * levels
    with pytest.raises(BadRequest):
        to_model(decode_blocks("$.messages", Raw(nested), SYSTEM))
    unknown = nested.replace(b'"a"', b'[{"type":"hologram"}]')
    with pytest.raises(BadRequest):
        to_model(decode_blocks("$.messages", Raw(unknown), SYSTEM))
