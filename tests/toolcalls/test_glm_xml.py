"""The format `glm_xml`."""

from typing import Any

from dragoman.toolcalls.glm_xml import FORMAT
from tests.toolcalls.reading import Case, as_text, call, cut_anywhere, round_trip, table, text, thought


def render(name: str, arguments: dict[str, Any]) -> str:
    pairs = "".join(
        f"<arg_key>{key}</arg_key>\n<arg_value>{as_text(value)}</arg_value>\n"
        for key, value in arguments.items()
    )
    return f"<tool_call>{name}\n{pairs}</tool_call>"


PARIS = render("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")
TWO = call("get_weather", city="Paris", days=2)
TWO_PAIRS = render("get_weather", {"city": "Paris", "days": 2})

CASES: dict[str, Case] = {
    "a call": (PARIS, [IN_PARIS]),
    "a call on one line, as from 4.7 on": (PARIS.replace("\n", ""), [IN_PARIS]),
    "no arguments": ("<tool_call>ping</tool_call>", [call("ping")]),
    "no arguments, with a line end": ("Hi.<tool_call>ping\n</tool_call>", [text("Hi."), call("ping")]),
    "two calls": (PARIS + PARIS, [IN_PARIS, IN_PARIS]),
    "line ends in a value stay": (
        render("get_weather", {"city": "\na\n"}),
        [call("get_weather", city="\na\n")],
    ),
    "a closer in a value is content": (
        render("get_weather", {"city": "</arg_value> x</tool_call>y"}),
        [call("get_weather", city="</arg_value> x</tool_call>y")],
    ),
    "the value's opener is missing": (PARIS.replace("<arg_value>", ""), [IN_PARIS]),
    "the key's closer is missing": (PARIS.replace("</arg_key>\n", ""), [IN_PARIS]),
    "the value's closer is missing at the end": (PARIS.replace("</arg_value>\n", ""), [IN_PARIS]),
    "the value's closer is missing before the next key": (
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris<arg_key>days</arg_key>"
        "<arg_value>2</arg_value></tool_call>",
        [TWO],
    ),
    "the first key is glued to the name": (
        "<tool_call>get_weather city</arg_key><arg_value>Paris</arg_value></tool_call>",
        [IN_PARIS],
    ),
    "the block's closer is missing": (PARIS.replace("</tool_call>", ""), [IN_PARIS]),
    "arguments as JSON": ('<tool_call>get_weather\n{"city": "Paris"}\n</tool_call>', [IN_PARIS]),
    "the first of duplicates wins": (
        PARIS.replace("</tool_call>", "<arg_key>city</arg_key><arg_value>Rome</arg_value></tool_call>"),
        [IN_PARIS],
    ),
    "blanks between the tags": (PARIS.replace("\n", " "), [IN_PARIS]),
    "the value ends with the key's closer": (
        TWO_PAIRS.replace("Paris</arg_value>", "Paris</arg_key>"),
        [TWO],
    ),
    "the key ends with the value's closer": (
        PARIS.replace("</arg_key>\n<arg_value>", "</arg_value>"),
        [IN_PARIS],
    ),
    "the block's opener for the first key's": (PARIS.replace("<arg_key>", "<tool_call>"), [IN_PARIS]),
    "the block's opener for the first key's, on one line": (
        PARIS.replace("\n", "").replace("<arg_key>", "<tool_call>"),
        [IN_PARIS],
    ),
    "the block's closer is missing before the next call": (
        f"<tool_call>ping\n{PARIS}",
        [call("ping"), IN_PARIS],
    ),
    "the first key is glued to the name, and not closed": (
        "<tool_call>get_weather city<arg_value>Paris</arg_value></tool_call>",
        [IN_PARIS],
    ),
    "talk of the tag is text": ("a <tool_call> is a tag", [text("a <tool_call> is a tag")]),
    "thinking": (f"<think>Hm.</think>\n{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT,
    render,
    ["</arg_value>", "<arg_value>", "</tool_call>", "<arg_key>"],
    r"</arg_value>\s*(<arg_key>|<tool_call>|</tool_call>)|<arg_key>",
)
test_round_trip_on_one_line = round_trip(
    FORMAT,
    lambda name, arguments: "".join(
        [
            f"<tool_call>{name}",
            *(
                f"<arg_key>{key}</arg_key><arg_value>{as_text(value)}</arg_value>"
                for key, value in arguments.items()
            ),
            "</tool_call>",
        ]
    ),
    ["</arg_value>", "</tool_call>"],
    r"</arg_value>\s*(<arg_key>|<tool_call>|</tool_call>)|<arg_key>",
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
