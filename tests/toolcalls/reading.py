"""How the tests read replies: what a text comes to, however it is cut, and calls rendered and read back."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Repaired,
    Rethought,
    TextDelta,
    ThinkingDelta,
)
from dragoman.toolcalls import Format, Parser, Toolset, offered, released

TOOL_LIST: list[dict[str, Any]] = [
    {
        "name": "Write",
        "input_schema": {
            "type": "object",
            "properties": {
                "file_path": {"type": "string"},
                "content": {"type": "string"},
                "mode": {"type": "integer"},
            },
            "required": ["file_path", "content"],
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer"},
                    "unit": {"enum": ["celsius", "fahrenheit"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "where": {"type": "object", "properties": {"lat": {"type": "number"}}},
                    "exact": {"type": "boolean"},
                    "note": {"type": ["string", "null"]},
                },
                "required": ["city"],
            },
        },
    },
    {"name": "ping", "input_schema": {"type": "object", "properties": {}}},
]
TOOLS = offered(TOOL_LIST)

Item = tuple[str, Any]
Case = tuple[Any, ...]
SIZES = (1, 2, 5, 1000)


def text(words: str) -> Item:
    return ("text", words)


def thought(words: str) -> Item:
    return ("thinking", words)


def call(name: str, /, **arguments: Any) -> Item:
    return ("call", (name, arguments))


def broken(name: str, arguments: str) -> Item:
    """A call that was ended with its JSON left open."""
    return ("broken", (name, arguments))


def items(events: Iterable[Event]) -> list[Item]:
    """What events come to, checked on the way: calls are whole and never overlap."""
    found: list[Item] = []
    pieces: list[str] | None = None
    name = ""
    for event in events:
        match event:
            case TextDelta(words) | ThinkingDelta(words):
                assert pieces is None
                assert words
                kind = "text" if isinstance(event, TextDelta) else "thinking"
                if found and found[-1][0] == kind:
                    words = found.pop()[1] + words
                found.append((kind, words))
            case CallStarted(_, name):
                assert pieces is None
                pieces = []
            case CallArguments(piece):
                assert pieces is not None
                pieces.append(piece)
            case CallEnded():
                assert pieces is not None
                found.append(_ended(name, "".join(pieces)))
                pieces = None
            case Rethought():
                found = [("thinking" if kind == "text" else kind, value) for kind, value in found]
    assert pieces is None
    return found


def _ended(name: str, arguments: str) -> Item:
    try:
        value = json.loads(arguments)
    except ValueError:
        return ("broken", (name, arguments))
    assert isinstance(value, dict)
    return ("call", (name, value))


def pieces_of(words: str, size: int) -> list[str]:
    return [words[at : at + size] for at in range(0, len(words), size)]


def read(
    format: Format,
    fed: Sequence[str],
    tools: Toolset = TOOLS,
    starts_in_reasoning: bool | None = False,
    cut: bool = False,
) -> list[Item]:
    return items(
        event for events in released(format, tools, fed, starts_in_reasoning, cut) for event in events
    )


def repairs(format: Format, words: str, tools: Toolset = TOOLS) -> list[str]:
    """The kinds of repair that reading a text took."""
    events = [event for some in released(format, tools, [words], False) for event in some]
    return [event.kind for event in events if isinstance(event, Repaired)]


def table(format: Format, cases: Mapping[str, Case]) -> Callable[..., None]:
    """A test of each case: (text, items), then what else `read` takes; whole, in pieces, cut anywhere."""

    @pytest.mark.parametrize("sentence", cases)
    def test(sentence: str) -> None:
        words, expected, *rest = cases[sentence]
        options: dict[str, Any] = rest[0] if rest else {}
        assert read(format, [words], **options) == expected
        for size in SIZES:
            assert read(format, pieces_of(words, size), **options) == expected, size
        parser = Parser(format, TOOLS)
        parser.feed(words)
        parser.close()
        assert parser.close() == []
        assert parser.feed("more") == []

    return test


def cut_anywhere(format: Format, cases: Mapping[str, Case]) -> Callable[..., None]:
    """A test that cuts each case where Hypothesis says."""

    @settings(deadline=None, max_examples=60)
    @given(st.sampled_from(sorted(cases)), st.lists(st.integers(0, 400), max_size=12))
    def test(sentence: str, places: list[int]) -> None:
        words, expected, *rest = cases[sentence]
        assert read(format, cut_at(words, places), **(rest[0] if rest else {})) == expected

    return test


def cut_at(words: str, places: list[int]) -> list[str]:
    at = [0, *sorted({place % (len(words) + 1) for place in places}), len(words)]
    return [words[start:end] for start, end in pairwise(at)]


KEYS = ("path", "content", "count", "ratio", "flag", "tags", "options", "where", "from_", "name")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\r")


def values(kind: str, tokens: Sequence[str]) -> st.SearchStrategy[Any]:
    """Values of a JSON type; strings hold the format's own tags and what else may mislead."""
    words = [*tokens, '"', "'", "\\", "\n", "\\n", "{", "}", '", "path": "', "</tool_call>", "<", " ", "中文"]
    strings = st.lists(st.sampled_from(words) | st.text(CHARACTERS, max_size=6), max_size=6).map("".join)
    return {
        "string": strings,
        "integer": st.integers(-(10**12), 10**12),
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "array": st.lists(JSON_VALUES, max_size=4),
        "object": st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, max_size=4),
    }[kind]


@st.composite
def rendered_calls(draw: st.DrawFn, tokens: Sequence[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """The types of a tool's properties, and arguments that have them."""
    kinds = ("string", "integer", "number", "boolean", "array", "object")
    types = draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(kinds), max_size=5))
    given_keys = [key for key in types if draw(st.booleans())]
    return types, {key: draw(values(types[key], tokens)) for key in given_keys}


def round_trip(
    format: Format,
    render: Callable[[str, dict[str, Any]], str],
    tokens: Sequence[str] = (),
    ambiguous: str = "(?!)",
) -> Callable[..., None]:
    """A test that renders random calls in the family's form and reads them back, cut at random.

    `ambiguous` finds what no reader of the family can tell from its own tags.
    """
    excluded = re.compile(ambiguous)

    @settings(deadline=None, max_examples=60)
    @given(rendered_calls(tokens), st.lists(st.integers(0, 400), max_size=6))
    def test(types_and_arguments: tuple[dict[str, str], dict[str, Any]], places: list[int]) -> None:
        types, arguments = types_and_arguments
        if any(isinstance(value, str) and excluded.search(value) for value in arguments.values()):
            return
        properties = {key: {"type": kind} for key, kind in types.items()}
        tools = offered([{"name": "act", "input_schema": {"type": "object", "properties": properties}}])
        words = render("act", arguments)
        assert read(format, [words], tools) == [("call", ("act", arguments))]
        assert read(format, cut_at(words, places), tools) == [("call", ("act", arguments))]

    return test


def as_json(name: str, arguments: dict[str, Any], key: str = "arguments") -> str:
    return json.dumps({"name": name, key: arguments}, ensure_ascii=False)


def as_text(value: Any) -> str:
    """A value between tags: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
