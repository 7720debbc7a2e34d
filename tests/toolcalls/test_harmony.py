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
    "the prompt ended in the role, so that the recipient begins the reply": (
        ' to=functions.get_weather<|channel|>commentary json<|message|>{"city": "Paris"}',
        [IN_PARIS],
    ),
    "a reply in prose that begins so": ("to=functions is no header", [text("to=functions is no header")]),
    "a channel's name is said again between calls": (
        f"{CALL}commentary{CALL}analysis<|start|>assistant<|channel|>final<|message|>Done",
        [IN_PARIS, IN_PARIS, text("Done")],
    ),
    "an answer behind a call that begins with such a name": (
        f"{CALL}commentary on it",
        [IN_PARIS, text("commentary on it")],
    ),
    "a header that was given up, then another": (
        "<|channel|>commentary to=assistant<|channel|>commentary?<|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi",
        [thought("Hm."), text("Hi")],
    ),
    "a channel within a header": (
        f"<|start|>assistant<|channel|>get_weather{CALL}",
        [IN_PARIS],
    ),
    "a channel whose name is misspelt": ("<|channel|>finally<|message|>Hi", [text("Hi")]),
    "a header that never ends": ("<|channel|>final Hi there", [text("Hi there")]),
    "the header is cut": ("<|start|>assistant<|channel|>comm", [], {"cut": True}),
    "arguments in a fence": (
        CALL.replace("{", "```json\n{").replace("}", "}\n```"),
        [IN_PARIS],
    ),
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
