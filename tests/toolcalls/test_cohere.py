"""The format `cohere`."""

from dragoman.toolcalls.cohere import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text, thought

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": ("Hi." + "<|START_ACTION|>\n[" + PARIS + "\n]\n<|END_ACTION|>", [text("Hi."), IN_PARIS]),
    "two calls": ("<|START_ACTION|>\n[" + PARIS + ", " + PARIS + "\n]\n<|END_ACTION|>", [IN_PARIS, IN_PARIS]),
    "the closer is missing": ("<|START_ACTION|>\n[" + PARIS, [IN_PARIS]),
    "with Cohere's own keys": (
        '<|START_ACTION|>{"tool_call_id": "0", "tool_name": "get_weather", '
        '"parameters": {"city": "Paris"}}<|END_ACTION|>',
        [IN_PARIS],
    ),
    "a closer inside a string is content": (
        '<|START_ACTION|>{"tool_name": "get_weather", "parameters": {"city": "a <|END_ACTION|>"}}'
        "<|END_ACTION|>",
        [call("get_weather", city="a <|END_ACTION|>")],
    ),
    "all sections": (
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Hi<|END_RESPONSE|>"
        f"<|START_ACTION|>{PARIS}<|END_ACTION|>",
        [thought("Hm."), text("Hi"), IN_PARIS],
    ),
    "Command R's fence": (f"Plan: look.\nAction: ```json\n[{PARIS}]\n```", [text("Plan: look.\n"), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    lambda name, arguments: "<|START_ACTION|>\n[" + as_json(name, arguments) + "\n]\n<|END_ACTION|>",
    ["\n]\n<|END_ACTION|>"],
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
