"""What holds for every format, since the readers share it: tested over all of them at once."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman import folder, toolcalls
from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, TextDelta
from dragoman.toolcalls import AUTO, Catalog, Format, released
from tests.toolcalls.reading import TOOLS, cut_at, items, read

FORMATS: dict[str, Format] = {name: folder.load(toolcalls, name).FORMAT for name in folder.names(toolcalls)}
CATALOG = Catalog(FORMATS)
NAMES = (*CATALOG.names, AUTO)

PARTS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "\\",
    "\n",
    " ",
    ",",
    ":",
    "=",
    "(",
    ")",
    "<",
    ">",
    "</",
    "`",
    "```json\n",
    "```",
    "get_weather",
    "ping",
    "name",
    '"name": "get_weather"',
    '"arguments": {',
    "city",
    '"city": "',
    "days",
    "12",
    "true",
    "None",
    "x",
    "é",
    "\\n",
    "\\u00",
    '\\"',
    'a "b" c',
    '"}}',
    '",',
    ' "days": 3',
    "\t",
    ";",
    '{"name": "get_weather", "arguments": {"city": "a"}}',
    "get_weather(city='a', days=1)",
    "</think>",
    "<think>",
    "<function=get_weather>",
    "<parameter=city>",
    "</parameter>",
    "\n</parameter>\n",
    "</function>",
    '<invoke name="get_weather">',
    '<parameter name="city">',
    "</invoke>",
    "functions.get_weather:0",
    "<arg_key>city</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "call:get_weather{",
    "to=functions.get_weather",
    "<｜tool▁sep｜>",
    "<|tool_call_argument_begin|>",
    "<|message|>",
    '<|"|>',
    "<escape>",
    "[ARGS]",
    "[CALL_ID]",
    '<｜DSML｜invoke name="get_weather">',
    '<｜DSML｜parameter name="city" string="true">',
    "<|sep|>",
]


def tags(format: Format) -> list[str]:
    found = [*format.openers, *format.leaks, *format.frames, *format.closers, *format.noise]
    return found + [tag for pair in format.thinking for tag in (pair.opens, pair.closes)]


@st.composite
def rubbish(draw: st.DrawFn) -> tuple[str, str]:
    """A format, and a text of its tags and of what calls are made of, in any order."""
    name = draw(st.sampled_from(NAMES))
    words = st.sampled_from(PARTS) | st.sampled_from(tags(CATALOG.find(name)) or PARTS)
    return name, "".join(draw(st.lists(words, max_size=14)))


@settings(deadline=None, max_examples=400)
@given(
    rubbish(), st.lists(st.integers(0, 400), max_size=8), st.sampled_from([True, False, None]), st.booleans()
)
def test_how_rubbish_is_cut_changes_nothing(
    text: tuple[str, str], places: list[int], thinks: bool | None, cut: bool
) -> None:
    name, words = text
    format = CATALOG.find(name)
    whole = read(format, [words], TOOLS, thinks, cut)
    assert read(format, list(words), TOOLS, thinks, cut) == whole
    assert read(format, cut_at(words, places), TOOLS, thinks, cut) == whole


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(NAMES), st.text(st.characters(exclude_characters="<[{`f \t\r\n\x0b\x0c"), min_size=1))
def test_plain_text_leaves_in_the_feed_that_brought_it(name: str, words: str) -> None:
    events = released(CATALOG.find(name), TOOLS, ["Well: ", words], False)
    assert items(events[0]) == [("text", "Well: ")]
    assert items(events[1]) == [("text", words)]
    assert events[2] == []


JSON_CALL = '{"name": "get_weather", "arguments": {"city": "'
FRONTS = {
    "hermes_json": ("<tool_call>\n" + JSON_CALL, '"}}\n</tool_call>', 2),
    "qwen_xml": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\n",
        "\n</parameter>\n</function>\n",
        14,
    ),
    "glm_xml": (
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>",
        "</arg_value></tool_call>",
        14,
    ),
    "minimax_m2": (
        '<minimax:tool_call><invoke name="get_weather"><parameter name="city">',
        "</parameter></invoke></minimax:tool_call>",
        20,
    ),
    "kimi_k2": (
        '<|tool_call_begin|>get_weather:0<|tool_call_argument_begin|>{"city": "',
        '"}<|tool_call_end|>',
        2,
    ),
    "lfm2_pythonic": ('<|tool_call_start|>[get_weather(city="', '")]<|tool_call_end|>', 2),
    "gemma4": ('<|tool_call>call:get_weather{city:<|"|>', '<|"|>}<tool_call|>', 6),
}


@pytest.mark.parametrize("name", FRONTS)
def test_a_string_streams(name: str) -> None:
    front, back, most = FRONTS[name]
    content = "Some words <b> of a file, 中文 too </pa </arg_ <| and on. " * 3
    events = released(CATALOG.find(name), TOOLS, [front, *content, back], False)
    given_out, seen = "", 0
    for size, some in enumerate(events[1:-2], 1):
        given_out += "".join(event.text for event in some if isinstance(event, CallArguments))
        seen = max(seen, size - (len(given_out) - len('{"city": "')))
    assert seen <= most
    assert items(event for some in events for event in some) == [("call", ("get_weather", {"city": content}))]


def test_other_values_are_released_when_they_are_complete() -> None:
    words = [
        '<tool_call>{"name": "get_weather", "arguments": {"tags": ["a"',
        "]",
        ', "days": "1',
        '"',
        "}}</tool_call>",
    ]
    events = released(CATALOG.find("hermes_json"), TOOLS, words, False)
    assert [texts(some) for some in events[:-1]] == [[], ['{"tags": ["a"]'], [], [], [', "days": 1}']]


def texts(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, CallArguments | TextDelta)]


@settings(deadline=None, max_examples=200)
@given(rubbish())
def test_what_was_sent_can_always_be_extended_to_json(text: tuple[str, str]) -> None:
    """Unless the call is broken, what went out of its arguments is the beginning of the final JSON."""
    name, words = text
    pieces: list[str] | None = None
    for event in [
        event for some in released(CATALOG.find(name), TOOLS, list(words), False) for event in some
    ]:
        match event:
            case CallStarted():
                pieces = []
            case CallArguments(piece):
                assert pieces is not None
                assert pieces or piece.startswith("{")
                pieces.append(piece)
            case CallEnded():
                assert pieces
                final = "".join(pieces)
                assert final.startswith("{")
                if final.endswith("}"):
                    check_object(final)


def check_object(text: str) -> None:
    try:
        assert isinstance(json.loads(text), dict)
    except ValueError:
        # The raw text of a broken call may end in a brace too, and then is no JSON, on purpose.
        assert "{" in text


@pytest.mark.parametrize("name", NAMES)
def test_empty_text_is_nothing(name: str) -> None:
    assert released(CATALOG.find(name), TOOLS, ["", ""]) == [[], [], []]
