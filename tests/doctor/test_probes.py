"""What an engine made of a call that it was made to write."""

import json
from typing import Any

import pytest

from dragoman.doctor.probes import fits, said
from dragoman.engines import Reply

TEXT = '<tool_call>\n{"name": "look_up", "arguments": {"word": "cat"}}\n</tool_call>'
CALL = [{"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]


def reply(tokens: int = 30, **message: Any) -> Reply:
    body = {"choices": [{"message": message}], "usage": {"completion_tokens": tokens}}
    return Reply(200, json.dumps(body).encode())


CASES: dict[str, tuple[Reply, bool | None]] = {
    "a call": (reply(content=None, tool_calls=CALL), True),
    "nothing, of many tokens": (reply(content=None, tool_calls=[]), False),
    "the text": (reply(content=TEXT), False),
    "another text, since the grammar did not hold": (reply(content="Hello"), None),
    "nothing, of no tokens": (reply(0, content=""), None),
    "thoughts": (reply(content=None, reasoning=TEXT), None),
    "a refusal": (Reply(400, b'{"error": {"message": "no"}}'), None),
    "no answer": (Reply(0), None),
    "rubbish": (Reply(200, b'{"choices": [{"message": 7}]}'), None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_came_of_it_tells_whether_the_parser_fits(case: str) -> None:
    answer, fit = CASES[case]
    assert fits(answer, TEXT) is fit


def test_the_words_of_an_error_in_any_shape() -> None:
    assert said(Reply(400, b'{"error": {"message": "no"}}')) == "no"
    assert said(Reply(400, b'{"message": "no"}')) == "no"
    assert said(Reply(400, b"plain no")) == "plain no"
