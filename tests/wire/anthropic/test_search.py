"""Searches in Anthropic's blocks go out and come back as text that a model can read."""

import json
from typing import Any

import anthropic.types
import pytest
from msgspec import Raw
from msgspec.json import encode

from dragoman.model.search import Found
from dragoman.model.turn import Opaque, Text
from dragoman.wire.anthropic.request import decode_request
from dragoman.wire.anthropic.search import call_block, recalled, result_block

FOUND = (Found("龙井", "https://tea.example", "Green — tea.\nSecond line", "2 days"), Found("B", "https://b"))


def test_the_blocks_are_those_of_anthropics_package() -> None:
    call = anthropic.types.ServerToolUseBlock.model_validate(call_block("srvtoolu_1", "tea"), strict=True)
    assert (call.name, call.input) == ("web_search", {"query": "tea"})
    made = anthropic.types.WebSearchToolResultBlock.model_validate(result_block("srvtoolu_1", FOUND, ""))
    assert isinstance(made.content, list)
    assert [(one.title, one.url, one.page_age) for one in made.content] == [
        ("龙井", "https://tea.example", "2 days"),
        ("B", "https://b", None),
    ]
    failed = anthropic.types.WebSearchToolResultBlock.model_validate(result_block("s", (), "unavailable"))
    assert isinstance(failed.content, anthropic.types.WebSearchToolResultError)


def back(kind: str, block: Any) -> str | None:
    text = recalled(kind, Raw(encode(block)))
    return text.text if text else None


def test_what_went_out_comes_back_as_text() -> None:
    assert back("server_tool_use", call_block("s", "tea")) == "[The web was searched for 'tea'.]"
    text = back("web_search_tool_result", result_block("s", FOUND, ""))
    assert text is not None
    for part in ("龙井", "https://tea.example", "Green — tea.\nSecond line", "https://b"):
        assert part in text
    assert back("web_search_tool_result", result_block("s", (), "")) == "[The web search found nothing.]"
    failed = back("web_search_tool_result", result_block("s", (), "max_uses_exceeded"))
    assert failed == "[The web search failed: max_uses_exceeded.]"


def test_what_another_server_encrypted_is_left_out() -> None:
    content = [{"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": "/+8=+/"}]
    block = {"type": "web_search_tool_result", "tool_use_id": "s", "content": content}
    assert back("web_search_tool_result", block) == "[The web search found:]\n1. t\n   u"


def test_a_passage_of_the_clients_own_search() -> None:
    passage = {
        "type": "search_result",
        "source": "https://wiki.example/x",
        "title": "X",
        "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
        "citations": {"enabled": True},
    }
    assert back("search_result", passage) == "1. X\n   https://wiki.example/x\n   one\n   two"


ELSE: dict[str, tuple[str, Any]] = {
    "another server's tool": ("server_tool_use", {"name": "web_fetch", "input": {"url": "u"}}),
    "a call without a name": ("server_tool_use", {"input": {}}),
    "an input that is text": ("server_tool_use", {"name": "web_search", "input": "tea"}),
    "no content": ("web_search_tool_result", {"tool_use_id": "s"}),
    "content of another kind": ("web_search_tool_result", {"content": "text"}),
    "a passage without its source": ("search_result", {"content": []}),
    "any other kind": ("hologram", {"depth": 1}),
}


@pytest.mark.parametrize(("kind", "block"), ELSE.values(), ids=ELSE)
def test_all_else_stays_what_it_was(kind: str, block: Any) -> None:
    assert recalled(kind, Raw(encode(block))) is None


def test_in_a_conversation_each_stands_in_its_place_and_the_same_bytes_give_the_same_text() -> None:
    content = [
        {"type": "text", "text": "I look."},
        call_block("s", "tea"),
        result_block("s", FOUND, ""),
        {"type": "text", "text": "It is green."},
        {"type": "web_fetch_tool_result", "tool_use_id": "f", "content": {}},
    ]
    body = json.dumps(
        {
            "model": "m",
            "max_tokens": 9,
            "messages": [
                {"role": "user", "content": "What is Longjing?"},
                {"role": "assistant", "content": content},
                {"role": "user", "content": [{"type": "search_result", "bad": True}]},
            ],
        }
    ).encode()
    first, second = decode_request(body), decode_request(body)
    assert first == second
    blocks = first.turns[1].blocks
    assert [type(block) for block in blocks] == [Text, Text, Text, Text, Opaque]
    assert isinstance(first.turns[2].blocks[0], Opaque)
