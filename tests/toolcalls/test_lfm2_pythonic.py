"""The format `lfm2_pythonic`."""

from typing import Any

from dragoman.toolcalls.lfm2_pythonic import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought


def render_calls(*calls: tuple[str, dict[str, Any]]) -> str:
    return ", ".join(
        f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
        for name, arguments in calls
    )


def render(name: str, arguments: dict[str, Any]) -> str:
    return "<|tool_call_start|>[" + render_calls((name, arguments)) + "]<|tool_call_end|>"


PARIS = "get_weather(city='Paris', days=2)"
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": ("<|tool_call_start|>[" + PARIS + "]<|tool_call_end|>", [IN_PARIS]),
    "two calls": ("<|tool_call_start|>[" + PARIS + ", " + PARIS + "]<|tool_call_end|>", [IN_PARIS, IN_PARIS]),
    "no arguments": ("<|tool_call_start|>[" + "ping()" + "]<|tool_call_end|>", [call("ping")]),
    "Python's values": (
        "<|tool_call_start|>["
        + "get_weather(city=\"it's\", tags=['a', None], where={'lat': 1.5}, exact=True, note=None)"
        + "]<|tool_call_end|>",
        [call("get_weather", city="it's", tags=["a", None], where={"lat": 1.5}, exact=True, note=None)],
    ),
    "JSON's values": (
        "<|tool_call_start|>[" + 'get_weather(city="a", exact=true, note=null)' + "]<|tool_call_end|>",
        [call("get_weather", city="a", exact=True, note=None)],
    ),
    "brackets, commas and quotes in a string": (
        "<|tool_call_start|>[" + "get_weather( city = 'a), b(c=[\"d\"]' , days = 1 )" + "]<|tool_call_end|>",
        [call("get_weather", city='a), b(c=["d"]', days=1)],
    ),
    "tuples and sets": (
        "<|tool_call_start|>[label(a=('x', 'y)'), b={'x', 'y'}, c={1}, d=())]<|tool_call_end|>",
        [call("label", a=["x", "y)"], b=["x", "y"], c=[1], d=[])],
    ),
    "the string's own quotes within it": (
        "<|tool_call_start|>[label(a='it's 'so'', b=1), label(a='print('x'))')]<|tool_call_end|>",
        [call("label", a="it's 'so'", b=1), call("label", a="print('x'))")],
    ),
    "text between": (
        "Hi. " + "<|tool_call_start|>[" + PARIS + "]<|tool_call_end|>" + " Bye",
        [text("Hi. "), IN_PARIS, text(" Bye")],
    ),
    "thinking": (
        "<think>Hm.</think>" + "<|tool_call_start|>[" + PARIS + "]<|tool_call_end|>",
        [thought("Hm."), IN_PARIS],
    ),
    "JSON's calls": (
        '<|tool_call_start|>[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}]'
        "<|tool_call_end|>",
        [IN_PARIS],
    ),
    "what Python writes in other ways": (
        "<|tool_call_start|>[label(a=+7, c=f'so', d=r'\\d\\'', f=u'y', **{'e': 'x'})]<|tool_call_end|>",
        [call("label", a=7, c="so", d="\\d\\'", f="y", e="x")],
    ),
    "a string with something to be put in": (
        "<|tool_call_start|>[label(a=f'{x}')]<|tool_call_end|>",
        [text("<|tool_call_start|>[label(a=f'{x}')]<|tool_call_end|>")],
    ),
    "an empty list": ("Hi. <|tool_call_start|>[ ]<|tool_call_end|>", [text("Hi. ")]),
    "no list at all": ("<|tool_call_start|><|tool_call_end|>Hi", [text("Hi")]),
    "without the list": (f"<|tool_call_start|>{PARIS}<|tool_call_end|>", [IN_PARIS]),
    "tags twice": (
        f"<|tool_call_start|><|tool_call_start|>[{PARIS}]<|tool_call_end|><|tool_call_end|>",
        [IN_PARIS],
    ),
}

test_round_trip = round_trip(FORMAT, render, ["', x=", "')", ")]", "]<|tool_call_end|>"])


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
