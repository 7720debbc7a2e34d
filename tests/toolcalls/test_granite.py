"""The format `granite`."""

from dragoman.toolcalls.granite import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text, thought

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": ("Hi." + "<|tool_call|>[" + PARIS + "]", [text("Hi."), IN_PARIS]),
    "two calls": ("<|tool_call|>[" + PARIS + ", " + PARIS + "]", [IN_PARIS, IN_PARIS]),
    "the closer is missing": ("<|tool_call|>[" + PARIS, [IN_PARIS]),
    "Granite 20B's tag": (f"<function_call> {PARIS}", [IN_PARIS]),
    "a bare list": (f"[{PARIS}]", [IN_PARIS]),
    "thinking and response": (
        "<think>Hm.</think><response>Hi</response>",
        [thought("Hm."), text("Hi")],
    ),
    "the tag of 3.1": (f"<tool_call>[{PARIS}, {PARIS}]", [IN_PARIS, IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT, lambda name, arguments: "<|tool_call|>[" + as_json(name, arguments) + "]", ["]"]
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
