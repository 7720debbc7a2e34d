"""The format `phi4_mini`."""

from dragoman.toolcalls.phi4_mini import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": ("Hi." + "functools[" + PARIS + "]", [text("Hi."), IN_PARIS]),
    "two calls": ("functools[" + PARIS + ", " + PARIS + "]", [IN_PARIS, IN_PARIS]),
    "the closer is missing": ("functools[" + PARIS, [IN_PARIS]),
    "the newer tags": (f"<|tool_call|>[{PARIS}]<|/tool_call|>", [IN_PARIS]),
    "a list among the arguments": (
        'functools[{"name": "get_weather", "arguments": {"city": "P", "tags": ["a", "b"]}}]',
        [call("get_weather", city="P", tags=["a", "b"])],
    ),
    "space before the list": (f"functools [{PARIS}]", [IN_PARIS]),
    "no list": (f"functools{PARIS}", [IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT, lambda name, arguments: "functools[" + as_json(name, arguments) + "]", ["]"]
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
