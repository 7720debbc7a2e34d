"""The format `pythonic`."""

from typing import Any

from dragoman.toolcalls.pythonic import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought


def render_calls(*calls: tuple[str, dict[str, Any]]) -> str:
    return ", ".join(
        f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
        for name, arguments in calls
    )


def render(name: str, arguments: dict[str, Any]) -> str:
    return "[" + render_calls((name, arguments)) + "]"


PARIS = "get_weather(city='Paris', days=2)"
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": ("[" + PARIS + "]", [IN_PARIS]),
    "two calls": ("[" + PARIS + ", " + PARIS + "]", [IN_PARIS, IN_PARIS]),
    "no arguments": ("[" + "ping()" + "]", [call("ping")]),
    "Python's values": (
        "[" + "get_weather(city=\"it's\", tags=['a', None], where={'lat': 1.5}, exact=True, note=None)" + "]",
        [call("get_weather", city="it's", tags=["a", None], where={"lat": 1.5}, exact=True, note=None)],
    ),
    "JSON's values": (
        "[" + 'get_weather(city="a", exact=true, note=null)' + "]",
        [call("get_weather", city="a", exact=True, note=None)],
    ),
    "brackets, commas and quotes in a string": (
        "[" + "get_weather( city = 'a), b(c=[\"d\"]' , days = 1 )" + "]",
        [call("get_weather", city='a), b(c=["d"]', days=1)],
    ),
    "tuples and sets": (
        "<|python_start|>[label(a=('x', 'y)'), b={'x', 'y'}, c={1}, d=())]<|python_end|>",
        [call("label", a=["x", "y)"], b=["x", "y"], c=[1], d=[])],
    ),
    "the string's own quotes within it": (
        "<|python_start|>[label(a='it's 'so'', b=1), label(a='print('x'))')]<|python_end|>",
        [call("label", a="it's 'so'", b=1), call("label", a="print('x'))")],
    ),
    "text between": ("Hi. " + "[" + PARIS + "]" + " Bye", [text("Hi. "), IN_PARIS, text(" Bye")]),
    "thinking": ("<think>Hm.</think>" + "[" + PARIS + "]", [thought("Hm."), IN_PARIS]),
    "between the family's tokens": (f"<|python_start|>[{PARIS}]<|python_end|><|eot|>", [IN_PARIS]),
    "an empty list between the family's tokens": ("<|python_start|>[]<|python_end|>Hi", [text("Hi")]),
    "inner quotes, without the family's tokens": (
        "[get_weather(city='it's)]', days=2), get_weather(city='print('x'))', days=2)]",
        [call("get_weather", city="it's)]", days=2), call("get_weather", city="print('x'))", days=2)],
    ),
    "a list of the text": ("[see below] and [a, b](c)", [text("[see below] and [a, b](c)")]),
    "a tool that is not on offer": ("[other(a=1)]", [text("[other(a=1)]")]),
}

test_round_trip = round_trip(FORMAT, render, ["', x=", "')", ")]", "]"])


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
