"""The format `seed_oss_xml`."""

from typing import Any

from dragoman.toolcalls.seed_oss_xml import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def render(name: str, arguments: dict[str, Any]) -> str:
    parameters = "".join(
        f"<parameter={key}>{as_text(value)}</parameter>\n" for key, value in arguments.items()
    )
    return f"<seed:tool_call>\n<function={name}>\n{parameters}</function>\n</seed:tool_call>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": (f"Hi.{PARIS}", [text("Hi."), IN_PARIS]),
    "line ends in a value stay": (
        render("get_weather", {"city": "\na\n"}),
        [call("get_weather", city="\na\n")],
    ),
    "no block": (PARIS.removeprefix("<seed:tool_call>\n"), [IN_PARIS]),
    "misspelt closers of values": (PARIS.replace("</parameter>", "</parameter >"), [IN_PARIS]),
    "blanks between the tags": (PARIS.replace("\n", " "), [IN_PARIS]),
    "keys as attributes": (
        PARIS.replace("=get_weather", ' name="get_weather"').replace("=city", ' name="city"'),
        [IN_PARIS],
    ),
    "in Qwen's block": (PARIS.replace("seed:", ""), [IN_PARIS]),
    "JSON in its block": (
        '<seed:tool_call>{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}</seed:tool_call>',
        [IN_PARIS],
    ),
    "thinking": (f"<seed:think>Hm.</seed:think>{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["</parameter>", "</function>"],
    r"</parameter>\s*<|<parameter",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
