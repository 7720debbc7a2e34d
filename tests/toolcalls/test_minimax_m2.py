"""The format `minimax_m2`."""

from typing import Any

from dragoman.toolcalls.minimax_m2 import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def render(name: str, arguments: dict[str, Any]) -> str:
    parameters = "".join(
        f'<parameter name="{key}">{as_text(value)}</parameter>\n' for key, value in arguments.items()
    )
    return f'<minimax:tool_call>\n<invoke name="{name}">\n{parameters}</invoke>\n</minimax:tool_call>'


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)
BARE = PARIS.removeprefix("<minimax:tool_call>\n").removesuffix("\n</minimax:tool_call>")

CASES: dict[str, Case] = {
    "a call": (f"Hi.\n{PARIS}\nBye", [text("Hi.\n"), IN_PARIS, text("\nBye")]),
    "several in one block": (PARIS.replace(BARE, BARE + "\n" + BARE), [IN_PARIS, IN_PARIS]),
    "line ends in a value stay": (
        render("get_weather", {"city": "\na\n"}),
        [call("get_weather", city="\na\n")],
    ),
    "closing tags in a value are content": (
        render("get_weather", {"city": "</parameter> x</invoke>"}),
        [call("get_weather", city="</parameter> x</invoke>")],
    ),
    "no block, and the tool is on offer": (BARE, [IN_PARIS]),
    "no block, and the tool is not": (
        BARE.replace("get_weather", "unknown"),
        [text(BARE.replace("get_weather", "unknown"))],
    ),
    "no name": (PARIS.replace(' name="get_weather"', ""), [text(PARIS.replace(' name="get_weather"', ""))]),
    "misspelt closers of values": (PARIS.replace("</parameter>", "</parameter >"), [IN_PARIS]),
    "blanks between the tags": (PARIS.replace("\n", " "), [IN_PARIS]),
    "in other families' blocks": (
        "".join(f"<{name}>\n{BARE}\n</{name}>" for name in ("tool_calls", "function_calls", "tool_call")),
        [IN_PARIS] * 3,
    ),
    "JSON in its block": (
        '<minimax:tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}\n'
        "</minimax:tool_call>",
        [IN_PARIS],
    ),
    "thinking": (f"<think>Hm.</think>{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["</parameter>", "</invoke>"],
    r"</parameter>\s*<|<parameter",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
