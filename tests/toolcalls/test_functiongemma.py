"""The format `functiongemma`."""

import json
from typing import Any

from dragoman.toolcalls.functiongemma import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text

QUOTE = "<escape>"


def literal(value: Any) -> str:
    """A value as the family writes it."""
    if isinstance(value, str):
        return QUOTE + value + QUOTE
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(literal, value)) + "]"
    return json.dumps(value)


def render(name: str, arguments: dict[str, Any]) -> str:
    return f"<start_function_call>call:{name}{literal(arguments)}<end_function_call>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": (f"Hi.{PARIS} Bye", [text("Hi."), IN_PARIS, text(" Bye")]),
    "two calls": (PARIS + PARIS, [IN_PARIS, IN_PARIS]),
    "no arguments": (render("ping", {}), [call("ping")]),
    "nested values": (
        render("other", {"a": ["x", 1, True], "b": {"c": "d"}}),
        [call("other", a=["x", 1, True], b={"c": "d"})],
    ),
    "quotes and braces in a string": (
        render("get_weather", {"city": 'a "b", c: {d}'}),
        [call("get_weather", city='a "b", c: {d}')],
    ),
    "the closer twice": (PARIS + "<end_function_call>", [IN_PARIS]),
    "text without quotes": (
        "<start_function_call>call:get_weather{city:New York,days:2}<end_function_call>",
        [call("get_weather", city="New York", days=2)],
    ),
    "a string without its last delimiter": (
        "<start_function_call>call:get_weather{city:<escape>Paris}<end_function_call>",
        [call("get_weather", city="Paris")],
    ),
}

test_round_trip = round_trip(FORMAT, render, ["<end_function_call>"], r"<escape>")


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
