"""Strings passed on as they come: where they end, and that content is never altered."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.toolcalls._parts.source import Source
from dragoman.toolcalls._parts.strings import Place, escaped, read_raw, read_string

MEMBER = Place("member", ("path", "content"), ("</tool_call>",))
ITEM = Place("item")
ARGUMENT = Place("argument")

ENDS: dict[str, tuple[str, str, Place, str]] = {
    "before a brace": ('a"}', '"', MEMBER, "a"),
    "before the next member": ('a", "x": 1}', '"', MEMBER, "a"),
    "before a member without quotes": ('a", x: 1}', '"', MEMBER, "a"),
    "before a declared member, the comma missing": ('a" "path": 1}', '"', MEMBER, "a"),
    "not before an undeclared word in quotes": ('a" "x" b"}', '"', MEMBER, 'a" "x" b'),
    "before a closer, the brackets missing": ('a"\n</tool_call>', '"', MEMBER, "a"),
    "not inside, at a word": ('a "b" c"}', '"', MEMBER, 'a "b" c'),
    "not inside, at a key of the content": ('{"a": "b", "c": 1}"}', '"', MEMBER, '{"a": "b", "c": 1}'),
    "an item before the next": ('a", "b"]', '"', ITEM, "a"),
    "an argument before the next": ("a', b=1)", "'", ARGUMENT, "a"),
    "an argument before the end": ("a')", "'", ARGUMENT, "a"),
    "not at a bracket of an argument's content": ("f('x', y)' )", "'", ARGUMENT, "f('x', y)"),
    "three quotes": ('a "b" c""", "path"', '"""', MEMBER, 'a "b" c'),
    "at the end of the text": ('a"', '"', MEMBER, "a"),
}


def read(text: str, quote: str, place: Place, size: int) -> tuple[bool, str]:
    source, pieces = Source(), list[str]()
    reading = read_string(source, quote, place, pieces.append, [])
    try:
        for at in range(0, len(text), size):
            source.add(text[at : at + size])
            next(reading)
        source.closed = True
        while True:
            next(reading)
    except StopIteration as done:
        return done.value, json.loads('"' + "".join(pieces) + '"')


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("sentence", ENDS)
def test_where_a_string_ends(sentence: str, size: int) -> None:
    text, quote, place, expected = ENDS[sentence]
    assert read(text, quote, place, size) == (True, expected)


@settings(deadline=None)
@given(st.text(), st.booleans(), st.integers(1, 9))
def test_what_json_escaped_comes_back(words: str, ascii_only: bool, size: int) -> None:
    inner = json.dumps(words, ensure_ascii=ascii_only)[1:]
    assert read(inner + "}", '"', MEMBER, size) == (True, words)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters='"\\')), st.integers(1, 9))
def test_what_nobody_escaped_is_kept(words: str, size: int) -> None:
    assert read(words + '"}', '"', MEMBER, size) == (True, words)


def test_a_string_that_never_ends() -> None:
    assert read("abc", '"', MEMBER, 1) == (False, "abc")


@settings(deadline=None)
@given(st.text(alphabet="<escap>\n\"'\\x"), st.integers(1, 9))
def test_between_delimiters_of_the_family(words: str, size: int) -> None:
    text = words.replace("<escape>", "") + "<escape>"
    source, pieces = Source(), list[str]()
    reading = read_raw(source, "<escape>", pieces.append)
    try:
        for at in range(0, len(text), size):
            source.add(text[at : at + size])
            next(reading)
    except StopIteration as done:
        assert done.value
    assert json.loads('"' + "".join(pieces) + '"') + "<escape>" == text[: text.index("<escape>") + 8]


@given(st.text())
def test_escaped_is_the_inside_of_a_json_string(words: str) -> None:
    assert json.loads(f'"{escaped(words)}"') == words
