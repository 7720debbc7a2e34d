"""The format `kimi_k3`."""

from typing import Any

from dragoman.toolcalls.kimi_k3 import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def argument(key: str, value: Any) -> str:
    kind = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}[
        type(value)
    ]
    return f'<|open|>argument key="{key}" type="{kind}"<|sep|>{as_text(value)}<|close|>argument<|sep|>'


def render(name: str, arguments: dict[str, Any]) -> str:
    inner = "".join(argument(key, value) for key, value in arguments.items())
    call = f'<|open|>call tool="{name}" index="1"<|sep|>{inner}<|close|>call<|sep|>'
    return f"<|open|>tools<|sep|>{call}<|close|>tools<|sep|>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": (f"Hi.{PARIS}", [text("Hi."), IN_PARIS]),
    "what is no string is JSON, though nobody declared it": (
        render("other", {"a": [1]}),
        [call("other", a=[1])],
    ),
    "names and keys are escaped, values are not": (
        render("a&amp;b", {"c&quot;d": "e&amp;f<|sep|>"}),
        [call("a&b", **{'c"d': "e&amp;f<|sep|>"})],
    ),
    "an answer in its channel": (
        "<|open|>response<|sep|>Hi<|close|>response<|sep|><|close|>message<|sep|>",
        [text("Hi")],
    ),
    "blanks in the tags": (
        "<|open|> think <|sep|>Hm.<|close|> think <|sep|>"
        "<|open|> response <|sep|>Hi<|close|> response <|sep|>",
        [thought("Hm."), text("Hi")],
    ),
    "the last tag is cut": ("Hi<|close|>resp", [text("Hi")]),
    "the text may end in a bracket": ("1 <", [text("1 <")]),
    "a call cut in its tag": ('Hi<|open|>tools<|sep|><|open|>call tool="ge', [text("Hi")], {"cut": True}),
    "the closer of the tools is missing": (PARIS.removesuffix("<|close|>tools<|sep|>"), [IN_PARIS]),
    "thinking that the prompt began": (
        f"Hm.<|close|>think<|sep|>{PARIS}",
        [thought("Hm."), IN_PARIS],
        {"starts_in_reasoning": True},
    ),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["<|close|>argument<|sep|>", "<|close|>call<|sep|>"],
    r"<\|close\|>argument<\|sep\|>\s*<\||<\|open\|>argument",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
