"""Fields that no engine gets are told by name, whatever the name is made of."""

import json
from typing import Any

import pytest

from dragoman.turns.unknown import LONGEST, MOST, tellable, unknown
from dragoman.wire import ClientWire, anthropic, openai_chat, openai_responses
from dragoman.wire.anthropic.request import IGNORED as MESSAGES_IGNORED
from dragoman.wire.openai_chat.request import IGNORED as CHAT_IGNORED
from dragoman.wire.openai_chat.upstream import PASSED
from dragoman.wire.openai_responses.request import IGNORED as RESPONSES_IGNORED

HI = [{"role": "user", "content": "hi"}]
BODIES: dict[str, tuple[ClientWire, dict[str, Any], frozenset[str]]] = {
    "messages": (anthropic, {"model": "m", "max_tokens": 9, "messages": HI}, MESSAGES_IGNORED),
    "chat completions": (openai_chat, {"model": "m", "messages": HI}, CHAT_IGNORED),
    "responses": (openai_responses, {"model": "m", "input": "hi"}, RESPONSES_IGNORED),
    "responses as chat completions": (openai_chat, {"model": "m", "input": "hi"}, RESPONSES_IGNORED),
}
TAKEN: dict[str, dict[str, Any]] = {
    "messages": {"thinking": {"type": "adaptive"}, "metadata": {}, "stop_sequences": ["x"], "top_k": 1},
    "chat completions": {"stream_options": {"include_usage": True}, "usage": {}, "n": 1, "seed": 1},
    "responses": {"reasoning": {"effort": "low"}, "text": {}, "user": "u", "background": False},
    "responses as chat completions": {"max_tokens": 5, "stop": "x", "stream_options": {}, "usage": {}},
}


@pytest.mark.parametrize("case", BODIES)
def test_only_what_nobody_knows_is_told(case: str) -> None:
    wire, body, ignored = BODIES[case]
    known = {name: {"x": 1} for name in (*PASSED, *ignored, "metadata")}
    request = wire.decode_request(json.dumps(body | known | TAKEN[case]).encode())
    assert unknown(request) == []
    request = wire.decode_request(json.dumps(body | {"new": 1, "absent": None, "mcp_servers": []}).encode())
    assert unknown(request) == ["new", "mcp_servers"]


NAMES: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "plain ones": (["a_b", "c.d-e"], ("a_b", "c.d-e")),
    "lines, colours and quotes": (['a\nreq_1: "b"', "\x1b[31mx"], ("a?req_1???b?", "??31mx")),
    "letters of elsewhere": (["naïve", "温度"], ("na?ve", "??")),
    "none at all": ([""], ("?",)),
    "too long": (["x" * 1000], ("x" * LONGEST,)),
    "too many": ([str(index) for index in range(100)], tuple("01234"[:MOST])),
}


@pytest.mark.parametrize(("names", "told"), NAMES.values(), ids=NAMES)
def test_names_that_can_stand_in_a_log_line(names: list[str], told: tuple[str, ...]) -> None:
    assert tellable(names) == told
