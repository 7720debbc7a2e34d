"""Finding literals in pieces: the first one, and the tail that may become one."""

import pytest

from dragoman.toolcalls._parts.scanner import scanner

LITERALS = frozenset({"<tool>", "<tool_call>", "[T]", "</tool>"})

CASES = {
    "nothing": ("plain < text", None),
    "a literal": ("a <tool> b", "<tool>"),
    "the first of two": ("[T] <tool>", "[T]"),
    "a tail that may become one": ("a <too", "<too"),
    "a tail that may not": ("a <tood", None),
    "a beginning inside the text": ("<too <tool_call>", "<tool_call>"),
    "half of a closing tag": ("x</", "</"),
}


@pytest.mark.parametrize("sentence", CASES)
def test_search(sentence: str) -> None:
    text, expected = CASES[sentence]
    match = scanner(LITERALS).search(text)
    assert (match[0] if match else None) == expected


def test_a_literal_that_may_grow() -> None:
    scan = scanner(frozenset({"[", "[TOOL]"}))
    assert scan.may_grow("[", "[TO")
    assert not scan.may_grow("[", "[x")


def test_no_literals_find_nothing() -> None:
    assert scanner(frozenset()).search("anything") is None
