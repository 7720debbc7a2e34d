"""What checks know of calls: schemas, markup, ids."""

from typing import Any

import pytest

from dragoman.verify.calls import MARKUP, fits, readable, unread, weather, whole
from dragoman.verify.checks.nested import SCHEMA
from dragoman.verify.dialects import Call, Question, Reply, user
from dragoman.verify.outcome import Failed, Unproved
from tests.verify.behaving import TRIP

QUESTION = Question(user("?"), (weather(),))

UNFIT: dict[str, tuple[Any, str]] = {
    "it fits": (TRIP, ""),
    "a list for an object": ([], "[] is no object"),
    "a number as text": ({**TRIP, "first": {**TRIP["first"], "nights": "2"}}, "'2' is no integer"),
    "a switch for a number": ({**TRIP, "first": {**TRIP["first"], "nights": True}}, "True is no integer"),
    "a value that is not allowed": ({**TRIP, "by": "ship"}, "'ship' is none of the values allowed"),
    "one that is missing": ({name: TRIP[name] for name in ("first", "others")}, "`by` is missing"),
    "one too many": ({**TRIP, "cost": 1}, "`cost` is not allowed"),
    "within a list": ({**TRIP, "others": [{}]}, "`city` is missing"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_arguments_against_their_schema(case: str) -> None:
    value, said = UNFIT[case]
    assert fits(value, SCHEMA, SCHEMA) == said


TEXTS: dict[str, bool] = {
    '<tool_call>\n{"name": "get_weather", "arguments": {}}\n</tool_call>': True,
    "<function=get_weather><parameter=city>Paris</parameter></function>": True,
    '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}]': True,
    '<tool_call>{"name": "get_weather", "arguments": {"ci': False,
    "<tool_call>polation mac_fdsrt": False,
    "A <tool_call> is what models write.": False,
    '{"name": "get_weather", "arguments": {}}': False,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_call_as_text_is_one_that_a_parser_could_read(text: str) -> None:
    assert any(mark in text for mark in MARKUP) or not TEXTS[text]
    if TEXTS[text]:
        assert readable(text)
        with pytest.raises(Failed, match="the call came as text"):
            unread(Reply(text=text), QUESTION)
    else:
        unread(Reply(text=text), QUESTION)


WRONG: dict[str, tuple[Reply, type[Exception], str]] = {
    "one id twice": (Reply(calls=[Call("a", "f", "{}"), Call("a", "g", "{}")]), Failed, "the same id"),
    "no id": (Reply(calls=[Call("", "f", "{}")]), Failed, "without an id"),
    "a list": (Reply(calls=[Call("a", "f", "[]")]), Failed, "no object"),
    "cut by length": (Reply(calls=[Call("a", "f", '{"c')], stop="length"), Unproved, "cut in the middle"),
    "a stream out of order": (Reply(breaches=["no end"]), Failed, "no end"),
}


@pytest.mark.parametrize("case", WRONG)
def test_calls_that_are_not_whole(case: str) -> None:
    reply, kind, said = WRONG[case]
    with pytest.raises(kind, match=said):
        whole(reply)
