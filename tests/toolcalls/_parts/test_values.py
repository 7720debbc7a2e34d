"""JSON as models write it: what it comes to, and what is none."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.toolcalls._parts.json_text import render
from dragoman.toolcalls._parts.source import NotACall
from dragoman.toolcalls._parts.values import decode

VALUES: dict[str, tuple[str, Any]] = {
    "JSON": ('{"a": [1, -2.5e3, true, null, "x"]}', {"a": ["1", "-2.5e3", True, None, "x"]}),
    "Python": ("{'a': [1, True, None, 'it\\'s']}", {"a": ["1", True, None, "it's"]}),
    "a tuple": ("(1, 2)", ["1", "2"]),
    "trailing commas": ('{"a": [1, 2,],}', {"a": ["1", "2"]}),
    "a bracket too few": ('{"a": [1, 2}', {"a": ["1", "2"]}),
    "keys without quotes": ('{a: 1, b_c: "x"}', {"a": "1", "b_c": "x"}),
    "the first of duplicates": ('{"a": 1, "a": 2}', {"a": "1"}),
    "a raw line end": ('"a\nb"', "a\nb"),
    "an escape that is none": (r'"\d"', r"\d"),
    "half a surrogate": ('"\\ud83d"', "\ud83d"),
    "digits are kept": ("[1.10, 99999999999999999999, 1e400]", ["1.10", "99999999999999999999", "1e400"]),
    "loose numbers": ("[+1, .5, 5., 007, 1_000]", ["1", "0.5", "5", "7", "1000"]),
}


@pytest.mark.parametrize("sentence", VALUES)
def test_decode(sentence: str) -> None:
    text, expected = VALUES[sentence]
    assert decode(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "words", "{a b}", '{"a"}', "[1 2", '{"a": }', "1 2", "[" * 3000, '{"a": 1} x', "9" * 5000 + "x"],
)
def test_what_is_no_value(text: str) -> None:
    with pytest.raises(NotACall):
        decode(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(deadline=None, max_examples=100)
@given(ANYTHING)
def test_render_gives_back_what_json_wrote(value: Any) -> None:
    assert json.loads(render(decode(json.dumps(value)))) == value


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=5), max_size=4))
def test_pythons_repr_is_read(value: Any) -> None:
    assert json.loads(render(decode(repr(value)))) == value
