"""The format `mistral_json`."""

from dragoman.model.events import CallStarted
from dragoman.toolcalls import released
from dragoman.toolcalls.mistral_json import FORMAT
from tests.toolcalls.reading import TOOLS, Case, as_json, call, cut_anywhere, round_trip, table, text, thought

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a list": (f"Hi.[TOOL_CALLS] [{PARIS}, {PARIS}]</s>", [text("Hi."), IN_PARIS, IN_PARIS]),
    "a lone object": (f"[TOOL_CALLS]{PARIS}", [IN_PARIS]),
    "the newer form": ('[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}', [IN_PARIS]),
    "words behind the call": (f"[TOOL_CALLS][{PARIS}]\nBye", [IN_PARIS, text("\nBye")]),
    "thinking": (f"[THINK]Hm.[/THINK][TOOL_CALLS][{PARIS}]", [thought("Hm."), IN_PARIS]),
    "talk of the tag is text": ("write [TOOL_CALLS] first\n", [text("write [TOOL_CALLS] first\n")]),
    "a word before the list": (f"[TOOL_CALLS] so [{PARIS}]", [IN_PARIS]),
    "no name before the brace": ("[TOOL_CALLS] a b {", [text("[TOOL_CALLS] a b {")]),
}


def test_the_id_is_the_models_own() -> None:
    words = '[TOOL_CALLS][{"name": "ping", "arguments": {}, "id": "abcdefghi"}]'
    events = [event for some in released(FORMAT, TOOLS, [words]) for event in some]
    assert CallStarted("abcdefghi", "ping") in events


test_round_trip = round_trip(
    FORMAT, lambda name, arguments: f"[TOOL_CALLS][{as_json(name, arguments)}]", ["[TOOL_CALLS]"]
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
