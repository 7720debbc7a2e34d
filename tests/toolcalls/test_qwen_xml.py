"""The format `qwen_xml`, and by it what all formats that write tags have in common."""

from typing import Any

from dragoman.toolcalls import offered
from dragoman.toolcalls.qwen_xml import FORMAT
from tests.toolcalls.reading import (
    Case,
    as_text,
    broken,
    call,
    cut_anywhere,
    repairs,
    round_trip,
    table,
    text,
    thought,
)


def render(name: str, arguments: dict[str, Any]) -> str:
    parameters = "".join(
        f"<parameter={key}>\n{as_text(value)}\n</parameter>\n" for key, value in arguments.items()
    )
    return f"<tool_call>\n<function={name}>\n{parameters}</function>\n</tool_call>"


PARIS = render("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")


def write(content: str) -> str:
    return render("Write", {"file_path": "/a", "content": content})


def written(content: str) -> tuple[str, Any]:
    return call("Write", file_path="/a", content=content)


CASES: dict[str, Case] = {
    "a call": (PARIS, [IN_PARIS]),
    "a call between texts": (f"Hi.\n{PARIS}\nBye", [text("Hi.\n"), IN_PARIS, text("\nBye")]),
    "two calls": (PARIS + "\n" + PARIS, [IN_PARIS, IN_PARIS]),
    "two calls in one tag": (
        PARIS.replace("</tool_call>", "") + PARIS.replace("<tool_call>", ""),
        [IN_PARIS] * 2,
    ),
    "no parameters": (render("ping", {}), [call("ping")]),
    "values without line ends": (
        "<tool_call><function=get_weather><parameter=city>Paris</parameter></function></tool_call>",
        [IN_PARIS],
    ),
    "each value by its type": (
        render("get_weather", {"city": "7", "days": 3, "exact": True, "tags": ["a"], "where": {"lat": 1.5}}),
        [call("get_weather", city="7", days=3, exact=True, tags=["a"], where={"lat": 1.5})],
    ),
    "types as models spell them": (
        render("get_weather", {"city": "P", "days": "007", "exact": "True", "tags": "['a', None]"}),
        [call("get_weather", city="P", days=7, exact=True, tags=["a", None])],
    ),
    "null where null may be": (
        render("get_weather", {"city": "null", "note": "null"}),
        [call("get_weather", city="null", note=None)],
    ),
    "a text that only begins like null": (
        render("get_weather", {"city": "P", "note": "nullable"}),
        [call("get_weather", city="P", note="nullable")],
    ),
    "JSON for a string stays a string": (write('{"a": 1}\n'), [written('{"a": 1}\n')]),
    "a file's own last line end": (write("x\n"), [written("x\n")]),
    "an empty value": (write(""), [written("")]),
    "closing tags in a value are content": (
        write("</parameter> </function>x</tool_call>\n</parameter>\n</parameter"),
        [written("</parameter> </function>x</tool_call>\n</parameter>\n</parameter")],
    ),
    "opening tags in a value are content": (
        write("<tool_call><function=Write>\n<parameter=other>"),
        [written("<tool_call><function=Write>\n<parameter=other>")],
    ),
    "the value's closer is missing before a declared parameter": (
        "<tool_call>\n<function=Write>\n<parameter=file_path>\n/a\n<parameter=content>\nx\n</parameter>\n"
        "</function>\n</tool_call>",
        [written("x")],
    ),
    "the value's closer is missing at the end": (PARIS.replace("</parameter>\n", ""), [IN_PARIS]),
    "the function's closer is missing": (PARIS.replace("</function>\n", ""), [IN_PARIS]),
    "the block's closer is missing": (PARIS.replace("\n</tool_call>", ""), [IN_PARIS]),
    "all closers are missing before the next call": (
        PARIS.partition("\n</function")[0] + PARIS,
        [IN_PARIS] * 2,
    ),
    "the opener is missing": (PARIS.replace("<tool_call>\n", ""), [IN_PARIS]),
    "the opener is missing behind text": (
        "Hi.\n" + PARIS.replace("<tool_call>\n", ""),
        [text("Hi.\n"), IN_PARIS],
    ),
    "key and value in one tag": (
        "<tool_call>\n<function=get_weather>\n<parameter=city Paris\n</parameter>\n</function>\n</tool_call>",
        [IN_PARIS],
    ),
    "keys as attributes": (
        '<tool_call><function name="get_weather"><parameter name="city">Paris</parameter></function>'
        "</tool_call>",
        [IN_PARIS],
    ),
    "arguments as JSON": (
        '<tool_call>\n<function=get_weather>\n{"city": "Paris"}\n</function>\n</tool_call>',
        [IN_PARIS],
    ),
    "Hermes's JSON in the tags": (
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
        [IN_PARIS],
    ),
    "the first of duplicates wins": (
        PARIS.replace("</function>", "<parameter=city>\nRome\n</parameter>\n</function>"),
        [IN_PARIS],
    ),
    "names with spaces and quotes that are on offer": (
        '<tool_call>\n<function="the tool">\n<parameter="a b">\nx\n</parameter>\n</function>\n</tool_call>',
        [call('"the tool"', **{'"a b"': "x"})],
        {"tools": offered([{"name": '"the tool"', "parameters": {}}])},
    ),
    "what nobody declared is a string": (
        render("other", {"a": 1, "b": [2]}),
        [call("other", a="1", b="[2]")],
    ),
    "what may be anything is JSON where it can be": (
        render("any", {"a": [1], "b": "[x", "c": "words"}),
        [call("any", a=[1], b="[x", c="words")],
        {"tools": offered([{"name": "any", "parameters": {"properties": {"a": {}, "b": {}, "c": {}}}}])},
    ),
    "the end of the text behind the parameters": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n",
        [IN_PARIS],
    ),
    "the end of the text inside what is required": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar",
        [broken("get_weather", '{"city": "Par')],
    ),
    "the end of the text inside the tag of a call": (
        "<tool_call>\n<function=get_wea",
        [text("<tool_call>\n<function=get_wea")],
    ),
    "cut by length in a value": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar",
        [broken("get_weather", '{"city": "Par')],
        {"cut": True},
    ),
    "cut by length behind a value": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n",
        [broken("get_weather", '{"city": "Paris"')],
        {"cut": True},
    ),
    "cut by length with nothing sent": ("<tool_call>\n<function=get_weather>\n", [], {"cut": True}),
    "no name": (
        "<tool_call>\n<function>\n</function>\n</tool_call>",
        [text("<tool_call>\n<function>\n</function>\n</tool_call>")],
    ),
    "text among the parameters goes into the open block": (
        PARIS.replace("</function>", "<parameter=oops\n</function>"),
        [broken("get_weather", '{"city": "Paris"\n<parameter=oops\n')],
    ),
    "a misspelt closer of a value": (PARIS.replace("</parameter>", "</parameter1>"), [IN_PARIS]),
    "the closer of a value without its bracket": (PARIS.replace("</parameter>", "</parameter"), [IN_PARIS]),
    "the closers of value and function in one": (
        PARIS.replace("</parameter>\n</function>", "</parameter_function>"),
        [IN_PARIS],
    ),
    "misspelt closers in a value are content": (
        write("<function><param>x</param>\n</function>\n</parameter\n</parameters>"),
        [written("<function><param>x</param>\n</function>\n</parameter\n</parameters>")],
    ),
    "the function's closer as an empty tag": (PARIS.replace("</function>", "</function/>"), [IN_PARIS]),
    "the tag of the function is not closed": (PARIS.replace("get_weather>", "get_weather"), [IN_PARIS]),
    "a blank behind name and key": (
        PARIS.replace("get_weather>", "get_weather >").replace("city>", "city >"),
        [IN_PARIS],
    ),
    "the other family's tags in its own": (
        '<tool_call>\n<invoke name="get_weather">\n<parameter name="city">Paris</parameter>\n</invoke>\n'
        "</tool_call>",
        [IN_PARIS],
    ),
    "quotes round what is no string": (
        render(
            "get_weather", {"city": '"P"', "days": '"2"', "where": '"{\\"lat\\": 1}"', "unit": '"celsius"'}
        ),
        [call("get_weather", city='"P"', days=2, where={"lat": 1}, unit="celsius")],
    ),
    "one as a boolean": (
        render("get_weather", {"city": "P", "exact": "1"}),
        [call("get_weather", city="P", exact=True)],
    ),
    "all arguments in one parameter": (
        render("get_weather", {"arguments": {"city": "Paris"}}),
        [IN_PARIS],
    ),
    "words in a parameter of that name": (
        render("get_weather", {"city": "Paris", "input": "x"}),
        [call("get_weather", city="Paris", input="x")],
    ),
    "no tools on offer: tags are text": (PARIS, [text(PARIS)], {"tools": offered([])}),
    "thinking that the prompt began, then a call": (
        f"Hm.\n</think>\n\n{PARIS}",
        [thought("Hm."), IN_PARIS],
        {"starts_in_reasoning": True},
    ),
    "a call inside thinking that the prompt began": (
        f"Hm.\n{PARIS}",
        [thought("Hm."), IN_PARIS],
        {"starts_in_reasoning": True},
    ),
}

test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
test_round_trip = round_trip(
    FORMAT,
    render,
    ["</parameter>", "</function>", "<tool_call>", "\n</parameter>\n", "<parameter=", "<think>"],
    r"</parameter>(?:\s*\n\s*)?(<parameter|</function>|<function|<tool_call>|</tool_call>)|\n<parameter",
)


def test_repairs_are_named() -> None:
    kinds = {
        PARIS: [],
        PARIS.replace("<tool_call>\n", ""): ["opener"],
        PARIS.replace("</function>\n", ""): ["closer"],
        PARIS.replace("city", "days").replace("Paris", "3"): [],
    }
    assert {words: repairs(FORMAT, words) for words in kinds} == kinds
