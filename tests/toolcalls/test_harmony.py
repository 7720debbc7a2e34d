"""The format `harmony`."""

import json

from dragoman.toolcalls import offered
from dragoman.toolcalls.harmony import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought

CALL = '<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Paris"}<|call|>'
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "an answer": ("<|channel|>final<|message|>Hi<|return|>", [text("Hi")]),
    "analysis, then an answer": (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi<|return|>",
        [thought("Hm."), text("Hi")],
    ),
    "analysis, then a call": (
        f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant{CALL}",
        [thought("Hm."), IN_PARIS],
    ),
    "a preamble, then a call": (
        f"<|channel|>commentary<|message|>Hi.<|end|><|start|>assistant{CALL}",
        [text("Hi."), IN_PARIS],
    ),
    "the recipient in the role": (
        "<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>"
        '{"city": "Paris"}<|call|>',
        [IN_PARIS],
    ),
    "two calls": (f"{CALL}<|start|>assistant{CALL}", [IN_PARIS, IN_PARIS]),
    "the closer is missing": (CALL.removesuffix("<|call|>"), [IN_PARIS]),
    "no tools on offer: channels are still read": (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi",
        [thought("Hm."), text("Hi")],
        {"tools": offered([])},
    ),
}

test_round_trip = round_trip(
    FORMAT,
    lambda name, arguments: (
        f"<|channel|>commentary to=functions.{name}<|message|>{json.dumps(arguments)}<|call|>"
    ),
    ["<|call|>", "<|end|>"],
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
