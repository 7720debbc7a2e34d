"""The format `mistral_args`."""

import json

from dragoman.toolcalls.mistral_args import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought

PARIS = '[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}'
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": (f"Hi.{PARIS}", [text("Hi."), IN_PARIS]),
    "two calls": (PARIS + PARIS + "</s>", [IN_PARIS, IN_PARIS]),
    "with an id": (PARIS.replace("[ARGS]", "[CALL_ID]abcdefghi[ARGS]"), [IN_PARIS]),
    "no tag before the arguments": (PARIS.replace("[ARGS]", ""), [IN_PARIS]),
    "the older form": ('[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}]', [IN_PARIS]),
    "thinking that the prompt began": (
        f"Hm.[/THINK]{PARIS}",
        [thought("Hm."), IN_PARIS],
        {"starts_in_reasoning": True},
    ),
    "a name alone at the end": ("[TOOL_CALLS]ping", [call("ping")]),
    "a name alone of no tool on offer": ("[TOOL_CALLS]other", [text("[TOOL_CALLS]other")]),
    "the arguments on a line of their own": ('[TOOL_CALLS]get_weather\n{"city": "Paris"}', [IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    lambda name, arguments: f"[TOOL_CALLS]{name}[ARGS]{json.dumps(arguments)}",
    ["[TOOL_CALLS]", "[ARGS]"],
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
