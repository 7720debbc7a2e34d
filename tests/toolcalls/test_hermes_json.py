"""The format `hermes_json`, and by it what all formats that write JSON have in common."""

import json

from dragoman.toolcalls.hermes_json import FORMAT
from tests.toolcalls.reading import (
    Case,
    as_json,
    broken,
    call,
    cut_anywhere,
    repairs,
    round_trip,
    table,
    text,
    thought,
)


def tagged(inner: str) -> str:
    return f"<tool_call>\n{inner}\n</tool_call>"


def weather(arguments: str) -> str:
    return tagged(f'{{"name": "get_weather", "arguments": {arguments}}}')


PARIS = weather('{"city": "Paris"}')
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "text is text": ("Hello.\n", [text("Hello.\n")]),
    "a lone < is text": ("1 < 2 <tool", [text("1 < 2 <tool")]),
    "a call": (PARIS, [IN_PARIS]),
    "a call after text, text after it": (f"Hi.\n{PARIS}\nBye", [text("Hi.\n"), IN_PARIS, text("\nBye")]),
    "space between calls is no text": (f"{PARIS}\n\n{PARIS}\n", [IN_PARIS, IN_PARIS]),
    "identical calls are all kept": (PARIS * 3, [IN_PARIS] * 3),
    "no line ends round the JSON": (PARIS.replace("\n", ""), [IN_PARIS]),
    "LongCat's tags": (PARIS.replace("tool_call>", "longcat_tool_call>"), [IN_PARIS]),
    "no arguments": (tagged('{"name": "ping", "arguments": {}}'), [call("ping")]),
    "arguments left out": (tagged('{"name": "ping"}'), [call("ping")]),
    "arguments under another name": (
        tagged('{"name": "get_weather", "parameters": {"city": "Paris"}}'),
        [IN_PARIS],
    ),
    "arguments before the name": (
        tagged('{"arguments": {"city": "Paris", "days": "2"}, "name": "get_weather"}'),
        [call("get_weather", city="Paris", days=2)],
    ),
    "a key called name among the arguments": (
        tagged('{"name": "lookup", "arguments": {"name": "x"}}'),
        [call("lookup", name="x")],
    ),
    "OpenAI's own form": (
        tagged('{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}'),
        [IN_PARIS],
    ),
    "arguments as a JSON string": (weather(json.dumps('{"city": "Paris"}')), [IN_PARIS]),
    "an array inside as a JSON string": (
        weather('{"city": "P", "tags": "[\\"a\\", \\"b\\"]"}'),
        [call("get_weather", city="P", tags=["a", "b"])],
    ),
    "an object inside as Python's repr": (
        weather('{"city": "P", "where": "{\'lat\': 1.5}"}'),
        [call("get_weather", city="P", where={"lat": 1.5})],
    ),
    "JSON in a string that is meant to be one stays": (
        weather('{"city": "{\\"a\\": 1}"}'),
        [call("get_weather", city='{"a": 1}')],
    ),
    "a scalar for a list": (
        weather('{"city": "P", "tags": "a"}'),
        [call("get_weather", city="P", tags=["a"])],
    ),
    "numbers and booleans in quotes": (
        weather('{"city": "P", "days": "3", "exact": "True"}'),
        [call("get_weather", city="P", days=3, exact=True)],
    ),
    "a number for a string keeps its digits": (weather('{"city": 1.10}'), [call("get_weather", city="1.10")]),
    "null for what is optional": (weather('{"city": "P", "days": null}'), [call("get_weather", city="P")]),
    "null where null may be": (
        weather('{"city": "P", "note": null}'),
        [call("get_weather", city="P", note=None)],
    ),
    "an enum in another case": (
        weather('{"city": "P", "unit": "Celsius"}'),
        [call("get_weather", city="P", unit="celsius")],
    ),
    "single quotes": (weather("{'city': 'Paris'}"), [IN_PARIS]),
    "an apostrophe in single quotes": (
        weather("{'city': 'It's here', 'days': 1}"),
        [call("get_weather", city="It's here", days=1)],
    ),
    "double quotes in single ones": (weather("{'city': 'a \"b\" c'}"), [call("get_weather", city='a "b" c')]),
    "three quotes": (weather('{"city": """a "b" c"""}'), [call("get_weather", city='a "b" c')]),
    "Python's literals": (
        weather('{"city": "P", "exact": True, "note": None}'),
        [call("get_weather", city="P", exact=True, note=None)],
    ),
    "keys without quotes": (weather('{city: "P", days: 2}'), [call("get_weather", city="P", days=2)]),
    "a raw line end in a string": (
        weather('{"city": "a\nb\tc\x01"}'),
        [call("get_weather", city="a\nb\tc\x01")],
    ),
    "a trailing comma": (weather('{"city": "Paris",}'), [IN_PARIS]),
    "inner quotes that are not escaped": (
        weather('{"city": "the "big" one", "days": 1}'),
        [call("get_weather", city='the "big" one', days=1)],
    ),
    "JSON that is not escaped inside a string": (
        weather('{"city": "{"a": 1, "b": "x", "c": 2}", "days": 1}'),
        [call("get_weather", city='{"a": 1, "b": "x", "c": 2}', days=1)],
    ),
    "a backslash that escapes nothing stays": (
        weather('{"city": "\\d+ \\\' C:\\x"}'),
        [call("get_weather", city="\\d+ ' C:\\x")],
    ),
    "a brace too many": (PARIS.replace("}}", "}}}"), [IN_PARIS]),
    "a brace too few": (PARIS.replace("}}", "}"), [IN_PARIS]),
    "no brace at all": (PARIS.replace("}}", ""), [IN_PARIS]),
    "a property behind the closed arguments": (
        tagged('{"name": "get_weather", "arguments": {"city": "P"}, "days": 2}'),
        [call("get_weather", city="P", days=2)],
    ),
    "arguments without their own object": (
        tagged('{"name": "get_weather", "city": "P", "days": 2}'),
        [call("get_weather", city="P", days=2)],
    ),
    "the first of duplicates wins": (weather('{"city": "a", "city": "b"}'), [call("get_weather", city="a")]),
    "a closer inside a string is content": (
        weather('{"city": "</tool_call> x"}'),
        [call("get_weather", city="</tool_call> x")],
    ),
    "the closer is missing before the next call": (PARIS.replace("</tool_call>", "") + PARIS, [IN_PARIS] * 2),
    "the closer is missing at the end": (PARIS.replace("</tool_call>", ""), [IN_PARIS]),
    "several calls in one tag": (
        tagged('{"name": "ping", "arguments": {}}\n{"name": "ping"}, {"name": "ping"}'),
        [call("ping")] * 3,
    ),
    "a list of calls in one tag": (tagged('[{"name": "ping"}, {"name": "ping"}]'), [call("ping")] * 2),
    "the opener twice": ("<tool_call>" + PARIS, [IN_PARIS]),
    "Qwen's tags in Hermes's": (
        tagged("<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n</function>"),
        [IN_PARIS],
    ),
    "no opener, and the tool is on offer": (
        "<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>",
        [IN_PARIS],
    ),
    "no opener, and the tool is not": (
        "<function=unknown>\n</function>",
        [text("<function=unknown>\n</function>")],
    ),
    "the answer is JSON of a call": ('{"name": "get_weather", "arguments": {"city": "Paris"}}', [IN_PARIS]),
    "the answer is JSON of no tool on offer": (
        '{"name": "other", "arguments": {}}',
        [text('{"name": "other", "arguments": {}}')],
    ),
    "JSON behind text is text": (
        'So: {"name": "ping", "arguments": {}}',
        [text('So: {"name": "ping", "arguments": {}}')],
    ),
    "a fence is the whole answer": (
        '```json\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n```\n',
        [IN_PARIS],
    ),
    "a fence whose arguments do not fit": (
        '```json\n{"name": "get_weather", "arguments": {"town": "Paris"}}\n```',
        [text('```json\n{"name": "get_weather", "arguments": {"town": "Paris"}}\n```')],
    ),
    "a fence with words behind it is an example": (
        f"```\n{PARIS}\n```\nas you see",
        [text(f"```\n{PARIS}\n```\nas you see")],
    ),
    "a fence in the text is an example": (
        f"Like so:\n```\n{PARIS}\n```\n{PARIS}",
        [text(f"Like so:\n```\n{PARIS}\n```\n"), IN_PARIS],
    ),
    "an unknown tool passes": (tagged('{"name": "other", "arguments": {"a": 1}}'), [call("other", a=1)]),
    "the name in another case": (PARIS.replace("get_weather", "Get_Weather"), [IN_PARIS]),
    "the name in another style": (PARIS.replace("get_weather", "getWeather"), [IN_PARIS]),
    "the name with a prefix": (PARIS.replace("get_weather", "functions.get_weather"), [IN_PARIS]),
    "a name alone is text, unless the tool is on offer": (
        "<tool_call>...</tool_call> or <tool_call>ping</tool_call>",
        [text("<tool_call>...</tool_call> or "), call("ping")],
    ),
    "no JSON is text": (tagged("see the docs"), [text(tagged("see the docs"))]),
    "arguments beyond repair are text": (
        weather("malformed here"),
        [text(weather("malformed here"))],
    ),
    "one bad call spares the others": (
        PARIS + weather("malformed here") + PARIS,
        [IN_PARIS, text(weather("malformed here")), IN_PARIS],
    ),
    "broken behind what was sent: the rest goes into the open block": (
        weather('{"city": "Paris", "days": oh no}') + "\nbye",
        [broken("get_weather", '{"city": "Paris", "days": oh no}}\n'), text("\nbye")],
    ),
    "the end of the text with all that is required": (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris", "days": ',
        [IN_PARIS],
    ),
    "the end of the text inside what is required": (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Par',
        [broken("get_weather", '{"city": "Par')],
    ),
    "the end of the text inside the name": (
        '<tool_call>{"name": "get_wea',
        [text('<tool_call>{"name": "get_wea')],
    ),
    "cut by length with nothing sent": (
        'Hi <tool_call>{"name": "get_weather", "arguments": {',
        [text("Hi ")],
        {"cut": True},
    ),
    "cut by length with all that is required": (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"',
        [broken("get_weather", '{"city": "Paris"')],
        {"cut": True},
    ),
    "cut by length behind the call": (PARIS[:-5], [IN_PARIS], {"cut": True}),
    "thinking": ("<think>\nHm.\n</think>\n\nHi", [thought("Hm."), text("Hi")]),
    "thinking that the prompt began": (
        "Hm.\n</think>\n\nHi",
        [thought("Hm."), text("Hi")],
        {"starts_in_reasoning": True},
    ),
    "thinking that prompt and model began": (
        "<think>\nHm.</think>Hi",
        [thought("Hm."), text("Hi")],
        {"starts_in_reasoning": True},
    ),
    "no thinking, as the prompt said": (
        "a </think> b",
        [text("a </think> b")],
        {"starts_in_reasoning": False},
    ),
    "nobody knows how the prompt ended": (
        "Hm.</think>\n\nHi",
        [thought("Hm."), text("Hi")],
        {"starts_in_reasoning": None},
    ),
    "a call inside thinking ends it": (
        f"<think>Hm.\n{PARIS}\n</think>\nBye",
        [thought("Hm."), IN_PARIS, text("Bye")],
    ),
    "a call inside thinking that nobody closes": (f"<think>Hm. {PARIS}", [thought("Hm. "), IN_PARIS]),
    "talk of a tag inside thinking": (
        "<think>use <tool_call> here</think>Hi",
        [thought("use <tool_call> here"), text("Hi")],
    ),
    "a tag of thinking inside text": ("the <think> tag", [text("the <think> tag")]),
    "thinking is never closed": ("<think>Hm.", [thought("Hm.")]),
    "comments between the members": (
        weather('{"city": "P", // one\n "tags": ["a", # two\n "b" /* three */], "days": 2 // four\n}'),
        [call("get_weather", city="P", tags=["a", "b"], days=2)],
    ),
    "a comment behind the name": (
        tagged('{"name": "get_weather", // look\n /* here */ "arguments": {"city": "Paris"}}'),
        [IN_PARIS],
    ),
    "what looks like a comment in a string": (
        weather('{"city": "a // b /* c */ # d"}'),
        [call("get_weather", city="a // b /* c */ # d")],
    ),
    "curly quotes": (
        tagged("{“name”: “get_weather”, “arguments”: {“city”: “Paris”, “tags”: [“a”, “b”]}}"),
        [call("get_weather", city="Paris", tags=["a", "b"])],
    ),
    "curly quotes round single and double ones": (
        weather('{‘city’: ‘say "ho"’, “note”: “it\'s”}'),
        [call("get_weather", city='say "ho"', note="it's")],
    ),
    "curly quotes in a string stay": (
        weather('{"city": "say “ho”, ‘hi’"}'),
        [call("get_weather", city="say “ho”, ‘hi’")],
    ),
    "backticks for quotes": (weather('{`city`: `a "b"`}'), [call("get_weather", city='a "b"')]),
    "backticks round the name": (PARIS.replace('"get_weather"', '"`get_weather`"'), [IN_PARIS]),
    "a fence in the tags": (tagged('```json\n{"name": "ping", "arguments": {}}\n```'), [call("ping")]),
    "commas twice": (weather('{"city": "P",, "days": 2}'), [call("get_weather", city="P", days=2)]),
    "literals in capitals": (
        weather('{"city": "P", "exact": TRUE, "days": NULL}'),
        [call("get_weather", city="P", exact=True)],
    ),
    "words without quotes where a string must be": (
        weather('{"city": New York, NY, "days": 2}'),
        [call("get_weather", city="New York, NY", days=2)],
    ),
    "braces twice": (
        tagged('{{"name": "get_weather", "arguments": {{"city": "Paris"}}}}'),
        [IN_PARIS],
    ),
    "a list round the arguments": (weather('[{"city": "Paris"}]'), [IN_PARIS]),
    "arguments encoded twice": (weather(json.dumps(json.dumps('{"city": "Paris"}'))), [IN_PARIS]),
    "a call within an object": (
        tagged('{"tool_call": {"name": "get_weather", "arguments": {"city": "Paris"}}}'),
        [IN_PARIS],
    ),
    "keys with a capital": (tagged('{"Name": "get_weather", "Arguments": {"city": "Paris"}}'), [IN_PARIS]),
    "the tool's name as the key": (tagged('{"get_weather": {"city": "Paris"}}'), [IN_PARIS]),
    "arguments left empty": (tagged('{"name": "ping", "arguments": }'), [call("ping")]),
    "another tag round a call of a tool on offer": (
        '<function_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</function_call>',
        [IN_PARIS],
    ),
    "the tag of the tools' list round calls": (
        '<tools>\n{"name": "ping", "arguments": {}}\n</tools><tools>[{"name": "ping"}]</tools>',
        [call("ping"), call("ping")],
    ),
    "the tools' list itself": (
        '<tools>{"type": "function", "function": {"name": "ping", "parameters": {}}}</tools>',
        [text('<tools>{"type": "function", "function": {"name": "ping", "parameters": {}}}</tools>')],
    ),
    "another tag round a call of none": ('<json>{"name": "x"}</json>', [text('<json>{"name": "x"}</json>')]),
    "a tag with the name as its attribute": (
        '<function name="get_weather">\n{"city": "Paris"}\n</function>',
        [IN_PARIS],
    ),
    "a closer in the plural": (f"{PARIS}\n</tool_calls>", [IN_PARIS]),
}

test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
test_round_trip = round_trip(
    FORMAT, lambda name, arguments: tagged(as_json(name, arguments)), ["</tool_call>"]
)
test_round_trip_in_ascii = round_trip(
    FORMAT, lambda name, arguments: tagged(json.dumps({"name": name, "arguments": arguments}, indent=2))
)


def test_repairs_are_named() -> None:
    kinds = {
        weather("{'city': 'x'}"): ["quote"],
        weather('{"city": "a\nb", "days": "1"}'): ["newline", "type"],
        PARIS.replace("}}", "}"): ["brace"],
        PARIS.replace("get_weather", "getWeather"): ["name"],
        f"<think>{PARIS}": ["think"],
        weather("malformed here"): ["text"],
        PARIS: [],
    }
    assert {words: repairs(FORMAT, words) for words in kinds} == kinds
