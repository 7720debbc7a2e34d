"""The format `gemma4`."""

import json
from typing import Any

from dragoman.toolcalls.gemma4 import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought

QUOTE = '<|"|>'


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
    return f"<|tool_call>call:{name}{literal(arguments)}<tool_call|>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)
IN_PARIS_LAST = call("get_weather", days=2, city="Paris")

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
    "the closer twice": (PARIS + "<tool_call|>", [IN_PARIS]),
    "thinking": (f"<|channel>thought\nHm.<channel|>{PARIS}", [thought("Hm."), IN_PARIS]),
    "no opener, at the start or behind the thinking": (
        f"<|channel>thought\nHm.<channel|>{PARIS[len('<|tool_call>') :]}",
        [thought("Hm."), IN_PARIS],
    ),
    "no opener, on a line of its own": (f"So:\n{PARIS[len('<|tool_call>') :]}", [text("So:"), IN_PARIS]),
    "no opener, and the tool is not on offer": ("call:other{a:1}", [text("call:other{a:1}")]),
    "prose that begins like a call": ("call: me {later}\ncall:", [text("call: me {later}\ncall:")]),
    "a colon too many": (PARIS.replace("call:", ":call:"), [IN_PARIS]),
    "the end of the turn for a closer": (PARIS.replace("<tool_call|>", "<turn|>"), [IN_PARIS]),
    "JSON in the tags": (
        '<|tool_call>{"name": "ping", "arguments": {}}<tool_call|>',
        [call("ping")],
    ),
    "keys of several words, in other scripts, and numbers": (
        "<|tool_call>call:other{a key :1,城市 名:2,m:{7:{x y:3}}}<tool_call|>",
        [call("other", **{"a key": 1, "城市 名": 2, "m": {"7": {"x y": 3}}})],
    ),
    "keys in quotes": (
        '<|tool_call>call:other{<|"|>a b<|"|>:1,"c d":2}<tool_call|>',
        [call("other", **{"a b": 1, "c d": 2})],
    ),
    "a string without its last delimiter": (
        '<|tool_call>call:get_weather{days:2,city:<|"|>Paris}<tool_call|>',
        [IN_PARIS_LAST],
    ),
    "a string without its last delimiter, and no closer": (
        '<|tool_call>call:get_weather{days:2,city:<|"|>Paris}',
        [IN_PARIS_LAST],
    ),
    "a string that holds the end of a call": (
        render("get_weather", {"city": "}<tool_call|> x"}),
        [call("get_weather", city="}<tool_call|> x")],
    ),
    "single quotes and a delimiter left over": (
        "<|tool_call>call:get_weather{city:'a, b'<|\"|>,days:2}<tool_call|>",
        [call("get_weather", city="a, b", days=2)],
    ),
    "text without quotes": (
        "<|tool_call>call:get_weather{city:New York, NY,days:2}<tool_call|>",
        [call("get_weather", city="New York, NY", days=2)],
    ),
    "lines without quotes": (
        "<|tool_call>call:Write{file_path:a.md,content:\n# A\n\nb, c: {d}.\n}<tool_call|>",
        [call("Write", file_path="a.md", content="\n# A\n\nb, c: {d}.\n")],
    ),
    "text without quotes in a list": (
        "<|tool_call>call:get_weather{city:P,tags:[a b,c]}<tool_call|>",
        [call("get_weather", city="P", tags=["a b", "c"])],
    ),
    "a value left out": (
        "<|tool_call>call:get_weather{city:,days:2}<tool_call|>",
        [call("get_weather", city="", days=2)],
    ),
}

test_round_trip = round_trip(FORMAT, render, ["<tool_call|>"], r'<\|"\|>')


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
