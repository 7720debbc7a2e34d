"""A streamed answer."""

import re

import pytest

from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, Trying
from tests.verify.spoiling import Exchange, Fault, cut_after, edits, on_chats, replaces, sets, without

DELTA = re.compile(rb"event: content_block_delta\n.*?\n\n", re.DOTALL)
BROKEN = b'data: {"error": {"message": "EngineCore encountered an issue."}}\n\n'


def late(exchange: Exchange) -> None:
    """Held back until all is there, as a buffering proxy does."""
    if exchange.streams:
        exchange.pause = 0.6
        exchange.body = DELTA.sub(lambda found: found[0] * 20, exchange.body, count=1)


FAULTS: dict[str, tuple[str, Fault, str, Outcome]] = {
    "no event lines": ("anthropic", replaces("event: ", "x: "), "without an `event:` line", FAILED),
    "no message_start": ("anthropic", without("message_start"), "before message_start", FAILED),
    "a block that is never closed": ("anthropic", without("content_block_stop"), "never closed", FAILED),
    "a block that never began": (
        "anthropic",
        without("content_block_start"),
        "text_delta in no block",
        FAILED,
    ),
    "no end": ("anthropic", without("message_stop"), "ends without message_stop", FAILED),
    "no message_delta": ("anthropic", without("message_delta"), "no stop reason", FAILED),
    "no [DONE]": ("openai", without("[DONE]"), "ends without [DONE]", FAILED),
    "no finish_reason": ("openai", edits(event=sets("finish_reason", None)), "no finish_reason", FAILED),
    "text where a block begins": (
        "anthropic",
        replaces('"text":""', '"text":"One"'),
        "content in content_block_start",
        FAILED,
    ),
    "data that is no JSON": ("openai", replaces('"delta":', '"delta"'), "a chunk that is no JSON", FAILED),
    "JSON instead of a stream": (
        "openai",
        on_chats(lambda x: x.answers(200, {"choices": []})),
        "came as application/json",
        FAILED,
    ),
    "an error in the middle": (
        "openai",
        on_chats(lambda x: setattr(x, "body", x.body[:200].rpartition(b"data:")[0] + BROKEN)),
        "breaks off with an error: EngineCore",
        FAILED,
    ),
    "no empty line at the end": (
        "openai",
        on_chats(lambda x: setattr(x, "body", x.body.rstrip())),
        "an event without an empty line",
        FAILED,
    ),
    "no words": ("anthropic", without("content_block_delta"), "tokens were made, and no text came", FAILED),
    "an empty stream": ("openai", on_chats(lambda x: setattr(x, "body", b"")), "ends without [DONE]", FAILED),
    "all of it in one lump": ("anthropic", late, "came in one lump after 0.6 s", FAILED),
    "a line that breaks": (
        "anthropic",
        cut_after(300),
        "",
        FAILED,
    ),
}


def held_for_a_while(exchange: Exchange) -> None:
    """An engine whose first tokens are noise, and then one piece that says something."""
    if exchange.streams:
        exchange.pause = 0.6
        exchange.body = re.sub(rb'"output_tokens":\d+', b'"output_tokens":60', exchange.body)


def test_a_few_pieces_at_the_end_are_no_lump(trying: Trying) -> None:
    trying.meets("streaming", "anthropic", held_for_a_while, "first piece after 0.6", Outcome.PASSED)


def test_an_endpoint_that_is_well_passes(trying: Trying) -> None:
    trying.passes("streaming")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(trying: Trying, fault: str) -> None:
    trying.meets("streaming", *FAULTS[fault])
