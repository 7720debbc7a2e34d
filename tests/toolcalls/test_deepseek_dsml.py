"""The format `deepseek_dsml`."""

from typing import Any

from dragoman.toolcalls.deepseek_dsml import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def render(name: str, arguments: dict[str, Any]) -> str:
    parameters = "".join(
        f'<｜DSML｜parameter name="{key}" string="{str(isinstance(value, str)).lower()}">'
        f"{as_text(value)}</｜DSML｜parameter>\n"
        for key, value in arguments.items()
    )
    call = f'<｜DSML｜invoke name="{name}">\n{parameters}</｜DSML｜invoke>\n'
    return f"<｜DSML｜function_calls>\n{call}</｜DSML｜function_calls>"


PARIS = render("get_weather", {"city": "Paris", "days": 2})
IN_PARIS = call("get_weather", city="Paris", days=2)

CASES: dict[str, Case] = {
    "a call": (f"Hi.\n\n{PARIS}", [text("Hi.\n\n"), IN_PARIS]),
    "what is no string is JSON, though nobody declared it": (
        render("other", {"a": [1], "b": "[1]"}),
        [call("other", a=[1], b="[1]")],
    ),
    "spoilt closers": (PARIS.replace("</｜DSML｜parameter>", "</｜DSML｜parameter｜>"), [IN_PARIS]),
    "closers without the mark": (PARIS.replace("</｜DSML｜", "</"), [IN_PARIS]),
    "the block's opener is missing": (PARIS.partition("\n")[2], [IN_PARIS]),
    "the block's closer is missing": (PARIS.rpartition("</")[0], [IN_PARIS]),
    "the other version's block": (PARIS.replace("function_calls", "tool_calls"), [IN_PARIS]),
    "a blank behind the mark, as from V4.1 on": (
        PARIS.replace("｜DSML｜", "｜DSML｜ ").replace("function_calls", "calls"),
        [IN_PARIS],
    ),
    "doubled bars": (PARIS.replace("｜", "｜｜"), [IN_PARIS]),
    "plain bars": (PARIS.replace("｜", "|"), [IN_PARIS]),
    "no marks, and the tool is on offer": (PARIS.replace("｜DSML｜", ""), [IN_PARIS]),
    "blanks between the tags": (PARIS.replace("\n", " "), [IN_PARIS]),
    "attributes without quotes": (PARIS.replace('"', ""), [IN_PARIS]),
    "all arguments in one parameter": (
        render("get_weather", {"arguments": {"city": "Paris", "days": 2}}),
        [IN_PARIS],
    ),
    "thinking": (f"<think>Hm.</think>{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["</｜DSML｜parameter>", "</｜DSML｜invoke>", "</parameter>"],
    r"(</｜DSML｜parameter>|</parameter>)\s*(<｜DSML|</)|<｜DSML｜parameter",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
