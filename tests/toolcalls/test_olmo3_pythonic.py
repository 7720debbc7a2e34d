"""The format `olmo3_pythonic`."""

from typing import Any

from dragoman.toolcalls.olmo3_pythonic import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought


def render_calls(*calls: tuple[str, dict[str, Any]]) -> str:
    return ", ".join(
        f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
        for name, arguments in calls
    )


def render(name: str, arguments: dict[str, Any]) -> str:
    return "<function_calls>" + render_calls((name, arguments)) + "</function_calls>"


PARIS = "get_weather(city='Paris', days=2)"
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": ("<function_calls>" + PARIS + "</function_calls>", [IN_PARIS]),
    "two calls": ("<function_calls>" + PARIS + ", " + PARIS + "</function_calls>", [IN_PARIS, IN_PARIS]),
    "no arguments": ("<function_calls>" + "ping()" + "</function_calls>", [call("ping")]),
    "Python's values": (
        "<function_calls>"
        + "get_weather(city=\"it's\", tags=['a', None], where={'lat': 1.5}, exact=True, note=None)"
        + "</function_calls>",
        [call("get_weather", city="it's", tags=["a", None], where={"lat": 1.5}, exact=True, note=None)],
    ),
    "JSON's values": (
        "<function_calls>" + 'get_weather(city="a", exact=true, note=null)' + "</function_calls>",
        [call("get_weather", city="a", exact=True, note=None)],
    ),
    "brackets, commas and quotes in a string": (
        "<function_calls>" + "get_weather( city = 'a), b(c=[\"d\"]' , days = 1 )" + "</function_calls>",
        [call("get_weather", city='a), b(c=["d"]', days=1)],
    ),
    "tuples and sets": (
        "<function_calls>label(a=('x', 'y)'), b={'x', 'y'}, c={1}, d=())</function_calls>",
        [call("label", a=["x", "y)"], b=["x", "y"], c=[1], d=[])],
    ),
    "the string's own quotes within it": (
        "<function_calls>label(a='it's 'so'', b=1), label(a='print('x'))')</function_calls>",
        [call("label", a="it's 'so'", b=1), call("label", a="print('x'))")],
    ),
    "text between": (
        "Hi. " + "<function_calls>" + PARIS + "</function_calls>" + " Bye",
        [text("Hi. "), IN_PARIS, text(" Bye")],
    ),
    "thinking": (
        "<think>Hm.</think>" + "<function_calls>" + PARIS + "</function_calls>",
        [thought("Hm."), IN_PARIS],
    ),
    "no calls": ("<function_calls>\n</function_calls>Hi", [text("Hi")]),
    "one call a line": (f"<function_calls>{PARIS}\n{PARIS}</function_calls>", [IN_PARIS, IN_PARIS]),
    "the closer is missing": (f"<function_calls>{PARIS}", [IN_PARIS]),
}

test_round_trip = round_trip(FORMAT, render, ["', x=", "')", ")]", "</function_calls>"])


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
