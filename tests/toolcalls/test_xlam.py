"""The format `xlam`."""

from dragoman.toolcalls.xlam import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text, thought

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a list": (f"[{PARIS}, {PARIS}]", [IN_PARIS, IN_PARIS]),
    "a list with a bracket too many": (f"[{PARIS}]]", [IN_PARIS]),
    "a list that nobody closes": (f"[{PARIS}", [IN_PARIS]),
    "in a fence": (f"```json\n[{PARIS}]\n```", [IN_PARIS]),
    "after thinking": (f"<think>Hm.</think>\n\n[{PARIS}]", [thought("Hm."), IN_PARIS]),
    "a bracket of the text": ("[special delivery]", [text("[special delivery]")]),
    "the tags of others": (
        f"One.<tool_call>[{PARIS}]</tool_call>[TOOL_CALLS][{PARIS}]",
        [text("One."), IN_PARIS, IN_PARIS],
    ),
}

test_round_trip = round_trip(FORMAT, lambda name, arguments: f"[{as_json(name, arguments)}]")


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
