"""Words come back as they were: from Bash itself, and from the other grammars' own rules."""

import re

import pytest
from hypothesis import given

from dragoman.exports._parts import quoting
from tests.exports.cases import TEXTS, WORDS
from tests.exports.reading import read_by_bash


@given(WORDS)
def test_bash_reads_the_same_words(words: tuple[str, ...]) -> None:
    for ascii_only in (False, True):
        written = " ".join(quoting.bash(word, ascii_only) for word in ("first", *words))
        assert read_by_bash(written) == ["first", *words]
        assert "\n" not in written
        assert not ascii_only or (written.isascii() and written.isprintable())


@given(TEXTS)
def test_bytes_mean_the_same_in_any_locale(text: str) -> None:
    assert read_by_bash(quoting.bash(text, ascii_only=True), LC_ALL="C") == [text]


@given(TEXTS)
def test_systemd_words_have_no_specifier_and_no_variable_left(text: str) -> None:
    written = quoting.systemd(text)
    assert "\n" not in written
    bare = written.replace("%%", "").replace("$$", "")
    assert "%" not in bare and "$" not in bare
    assert unquoted(written.replace("%%", "%").replace("$$", "$")) == text


def unquoted(written: str) -> str:
    """By systemd.syntax(7): C escapes within double quotes."""
    if not written.startswith('"'):
        return written
    escape = re.compile(rb'\\x([0-9a-f]{2})|\\(["\\])')
    data = escape.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else m[2], written[1:-1].encode())
    return data.decode()


LABELS = {
    "a path's last part": ("Qwen/Qwen3-235B-A22B", "qwen3-235b-a22b"),
    "a digit first": ("4bit", "model-4bit"),
    "nothing left": ("通义", "model"),
    "dots and underscores": ("GLM-4.5_Air", "glm-4-5-air"),
    "too long": ("a" * 39 + "-" + "b" * 30, "a" * 39),
}


@pytest.mark.parametrize("text, label", LABELS.values(), ids=LABELS)
def test_labels(text: str, label: str) -> None:
    assert quoting.label(text) == label


@given(TEXTS)
def test_every_label_is_a_name_of_dns(text: str) -> None:
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", quoting.label(text))


@given(TEXTS)
def test_a_remark_stays_on_its_line(text: str) -> None:
    assert len(f"x{quoting.remark(text)}".splitlines()) == 1
    assert quoting.remark(text, ascii_only=True).isascii()


def test_plain_words_stay_readable() -> None:
    for word in ("--max-model-len", "262144", "0.92", "Qwen/Qwen3-235B-A22B", "a=b"):
        assert quoting.bash(word) == word
