"""The format `internlm2`."""

from dragoman.toolcalls.internlm2 import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": ("Hi." + "<|action_start|><|plugin|>" + PARIS + "<|action_end|>", [text("Hi."), IN_PARIS]),
    "two calls": (
        "<|action_start|><|plugin|>" + PARIS + ", " + PARIS + "<|action_end|>",
        [IN_PARIS, IN_PARIS],
    ),
    "the closer is missing": ("<|action_start|><|plugin|>" + PARIS, [IN_PARIS]),
    "a line end between the two tags": (
        f"<|action_start|>\n<|plugin|>\n{PARIS}<|action_end|>",
        [IN_PARIS],
    ),
}

test_round_trip = round_trip(
    FORMAT,
    lambda name, arguments: "<|action_start|><|plugin|>" + as_json(name, arguments) + "<|action_end|>",
    ["<|action_end|>"],
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
