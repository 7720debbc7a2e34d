"""Fences: open or not, and whether one is the whole answer."""

import pytest

from dragoman.toolcalls._parts.fences import Fences, begins_call, unfenced
from dragoman.toolcalls._parts.source import Source

OPEN = {
    "no fence": ("text `code` ``two``\n", False),
    "an open one": ("a\n```python\nx", True),
    "a closed one": ("a\n```python\nx\n```\nb", False),
    "an indented one": ("a\n   ```\nx", True),
    "ticks inside a line": ("a ``` b", False),
    "two": ("```\n```\n```\n", True),
}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("sentence", OPEN)
def test_open(sentence: str, size: int) -> None:
    text, expected = OPEN[sentence]
    fences = Fences()
    for at in range(0, len(text), size):
        fences.see(text[at : at + size])
    assert fences.open is expected


def test_whether_a_fence_may_hold_a_call() -> None:
    assert begins_call(Source('```json\n{"name": "x"'), ["<t>"]) is True
    assert begins_call(Source("```\n<t>x"), ["<t>"]) is True
    assert begins_call(Source("```\n<"), ["<t>"]) is None
    assert begins_call(Source("```js"), ["<t>"]) is None
    assert begins_call(Source("```json\n{"), ["<t>"]) is None
    assert begins_call(Source('```json\n{"na'), ["<t>"]) is None
    assert begins_call(Source('```json\n{"city'), ["<t>"]) is False
    assert begins_call(Source("```python\nprint"), ["<t>"]) is False
    assert begins_call(Source("```json\n{", closed=True), ["<t>"]) is False


def test_only_a_fence_that_is_all_is_taken_off() -> None:
    assert unfenced("```json\n{}\n```\n") == "{}"
    assert unfenced("```json\n{}\n```\nsee") is None
    assert unfenced("```\n{}\n```\n```\n{}\n```") is None
    assert unfenced("{}") is None
