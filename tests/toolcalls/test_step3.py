"""The format `step3`."""

from typing import Any

from dragoman.toolcalls.step3 import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def render(name: str, arguments: dict[str, Any]) -> str:
    parameters = "".join(
        f'<steptml:parameter name="{key}">{as_text(value)}</steptml:parameter>\n'
        for key, value in arguments.items()
    )
    inner = f'<steptml:invoke name="{name}">\n{parameters}</steptml:invoke>'
    call = f"<｜tool_call_begin｜>function<｜tool_sep｜>{inner}<｜tool_call_end｜>"
    return f"<｜tool_calls_begin｜>\n{call}\n<｜tool_calls_end｜>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)
NAMELESS = PARIS.replace("get_weather", "")

CASES: dict[str, Case] = {
    "a call": (f"Hi.{PARIS}\nBye", [text("Hi."), IN_PARIS, text("\nBye")]),
    "two calls": (PARIS + PARIS, [IN_PARIS, IN_PARIS]),
    "an empty name": (NAMELESS, [text(NAMELESS)]),
    "without DeepSeek's tokens": (
        PARIS[PARIS.index("<steptml") : PARIS.index("<｜tool_call_end")],
        [IN_PARIS],
    ),
    "blanks between the tags": (PARIS.replace("\n", " "), [IN_PARIS]),
    "the closer of the last value is missing": (
        PARIS.replace("2</steptml:parameter>\n", "2"),
        [IN_PARIS],
    ),
    "the closer of the call is missing": (PARIS.replace("</steptml:invoke>", ""), [IN_PARIS]),
    "thinking": (f"<think>Hm.</think>{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["</steptml:parameter>", "</steptml:invoke>"],
    r"</steptml:parameter>\s*<|<steptml:parameter",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
