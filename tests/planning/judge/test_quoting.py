"""A value written as a word is read as the same value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.planning.judge.quoting import quoted, word_at
from dragoman.planning.judge.words import Shell


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), st.sampled_from(["sh", "powershell"])
)
def test_a_quoted_value_says_what_it_said(value: str, shell: Shell) -> None:
    word = word_at(quoted(value, shell), 0, 1, shell)
    assert (word.text, word.plain, word.end) == (value, True, len(word.raw))


@pytest.mark.parametrize("value", ["Qwen/Qwen3-8B", "0.92", "--port", "a=b,c:d"])
def test_a_plain_value_needs_no_quotes(value: str) -> None:
    assert quoted(value, "sh") == value


@pytest.mark.parametrize(
    ("raw", "variable"),
    [
        ('"$A"', "A"),
        ("$A", "A"),
        ('"${A_1}"', "A_1"),
        ("$A/b", ""),
        ("'$A'", ""),
        ("${A:-x}", ""),
        ("$env:A", ""),
    ],
)
def test_a_word_that_is_a_variable_names_it(raw: str, variable: str) -> None:
    assert word_at(raw, 0, 1, "sh").variable == variable
