"""One tool, one call."""

import json
from typing import Any

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Events, Exchange, Fault, edits, on_chats, replaces, sets

TEXT = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'


def told(text: str) -> bytes:
    """A stream of words alone, in Anthropic's protocol."""
    found: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": {"id": "msg_1", "usage": {"input_tokens": 1}}}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}}),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}),
        ("message_stop", {}),
    ]
    return Events([(name, {"type": name, **value}) for name, value in found]).encode()


@on_chats
def without_calls(exchange: Exchange) -> None:
    if exchange.streams:
        exchange.body = told("It is sunny in Paris.")


def weak(exchange: Exchange) -> None:
    """A model that calls where it has to."""
    if exchange.asked.get("tool_choice", {"type": "auto"})["type"] == "auto":
        without_calls(exchange)


@on_chats
def as_text(exchange: Exchange) -> None:
    """An engine without a parser."""
    chunk = {
        "object": "chat.completion.chunk",
        "choices": [{"delta": {"content": TEXT}, "finish_reason": "stop"}],
    }
    exchange.body = Events([("", chunk), ("", "[DONE]")]).encode()


@on_chats
def in_string(exchange: Exchange) -> None:
    """Arguments encoded twice."""
    if exchange.streams:
        found = Events.of(exchange.body)
        pieces = [
            c["function"]
            for _, v in found.listed
            if isinstance(v, dict)
            for c in (v["choices"] or [{"delta": {}}])[0]["delta"].get("tool_calls", ())
        ]
        whole = "".join(piece.get("arguments", "") for piece in pieces)
        for piece in pieces:
            piece["arguments"] = ""
        pieces[-1]["arguments"] = json.dumps(whole)
        exchange.body = found.encode()


def unnamed(event: dict[str, Any]) -> None:
    if "content_block" in event:
        event["content_block"]["id"] = ""


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "the call as text": ("openai", as_text, "the call came as text: <tool_call>", FAILED),
    "broken arguments": ("openai", edits(event=sets("arguments", '{"city": ')), "are no JSON", FAILED),
    "arguments within a string": ("openai", in_string, "JSON within a string", FAILED),
    "the stop reason of words": (
        "anthropic",
        edits(event=sets("stop_reason", "end_turn")),
        "the stop reason end: clients take the turn for ended",
        FAILED,
    ),
    "no ids": ("anthropic", edits(event=unnamed), "without an id or a name", FAILED),
    "arguments where the block begins": (
        "anthropic",
        replaces('"input":{}', '"input":{"city":"Paris"}'),
        "content in content_block_start",
        FAILED,
    ),
    "a tool that nobody offered": (
        "anthropic",
        edits(event=sets("name", "get_news")),
        "get_news",
        Outcome.UNPROVED,
    ),
    "words, and a choice that is ignored": (
        "anthropic",
        without_calls,
        "a call was demanded with tool_choice, and",
        FAILED,
    ),
    "words, but a forced call comes": ("anthropic", weak, "made to call, it did", Outcome.UNPROVED),
}


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("tool_call")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("tool_call", *FAULTS[fault])
