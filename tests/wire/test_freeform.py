"""The text of a freeform call comes out of its arguments as the model meant it, however they are cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.wire.freeform import PATIENCE, Unwrapping, unwrap, wrap
from tests.streams import MARKS, split_text

# Arguments -> the text, and whether the call is whole.
CASES: dict[str, tuple[str, str, bool]] = {
    "a patch": (r'{"input": "*** Begin Patch\n+a\tb\n"}', "*** Begin Patch\n+a\tb\n", True),
    "every short escape": (r'{"input":"\"\\\/\b\f\n\r\t"}', '"\\/\b\f\n\r\t', True),
    "characters by number": (r'{"input":"\u4f60\ud83d\ude00!"}', "你😀!", True),
    "half a character": (r'{"input":"a\ud83db\ude00"}', "a\ufffdb\ufffd", True),
    "half a character before an escape": (r'{"input":"\ud83d\n"}', "\ufffd\n", True),
    "an escape that JSON does not know stays": (r'{"input":"\d+\u12G"}', r"\d+\u12G", True),
    "bare newlines in the string": ('{"input":"a\nb"}', "a\nb", True),
    "nothing follows the text": ('{"input":"a", "more": "b"}', "a", True),
    "an empty text": ('{"input":""}', "", True),
    "no arguments": ("{}", "", True),
    "nothing at all": ("", "", False),
    "the text behind another property": ('{"lang":"js","input":"1"}', "1", True),
    "the only string under another name": ('{"patch": "x", "n": 1}', "x", True),
    "two strings under other names are left as they are": ('{"a":"x","b":"y"}', '{"a":"x","b":"y"}', True),
    "a bare string": (r'"a\nb"', "a\nb", True),
    "raw text": ("*** Begin Patch\n", "*** Begin Patch\n", True),
    "another shape that never ends": ('{"patch": "x', '{"patch": "x', False),
    "a text that is cut": ('{"input":"ab', "ab", False),
    "a text that is cut in an escape": (r'{"input":"ab\u00', "ab", False),
}


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("case", CASES)
def test_text_of_arguments(case: str, size: int) -> None:
    arguments, text, whole = CASES[case]
    unwrapping = Unwrapping()
    pieces = [arguments[start : start + size] for start in range(0, len(arguments), size)]
    assert "".join([*map(unwrapping.feed, pieces), unwrapping.close()]) == text
    assert unwrapping.complete is whole
    assert unwrapping.close() == ""


@given(st.text(), st.booleans(), MARKS)
def test_any_text_survives_any_cut_of_any_spelling(text: str, ascii_only: bool, marks: list[int]) -> None:
    spelled = json.dumps({"input": text}, ensure_ascii=ascii_only)
    unwrapping = Unwrapping()
    assert "".join(map(unwrapping.feed, split_text(spelled, marks))) == text
    assert unwrapping.complete
    assert unwrap(wrap(text)) == text


def test_text_goes_out_as_it_comes() -> None:
    unwrapping = Unwrapping()
    assert unwrapping.feed(' {"input" : "Hel') == "Hel"
    assert unwrapping.feed("lo\\") == "lo"
    assert unwrapping.feed("n") == "\n"


def test_another_shape_is_not_looked_at_again_and_again() -> None:
    unwrapping = Unwrapping()
    assert unwrapping.feed("x" * (PATIENCE + 1)) == ""
    assert unwrapping.feed('{"input":"y"}') == ""
    assert unwrapping.close() == "x" * (PATIENCE + 1) + '{"input":"y"}'
