"""Quoting: what a shell makes of a value is the value."""

import shutil
import subprocess

import pytest

from dragoman.cli.shells import Shell, fish_quoted, powershell_quoted, statements, word

VALUES = [
    "plain",
    "",
    "a b",
    "it's",
    'say "hi"',
    "back\\slash\\",
    "$HOME `id` $(id)",
    "a\nb",
    "杭州",
    "!x; y #z",
]


@pytest.mark.parametrize("value", VALUES)
def test_bash_reads_the_value_back(value: str) -> None:
    bash = shutil.which("bash")
    assert bash
    script = "\n".join(statements(Shell.BASH, {"V": value}, ["GONE"])) + '\nprintf %s "$V${GONE-unset}"'
    done = subprocess.run([bash, "-c", script], env={"GONE": "here"}, capture_output=True, check=True)
    assert done.stdout.decode() == value + "unset"


def test_fish_reads_the_values_back() -> None:
    fish = shutil.which("fish")
    if not fish:
        pytest.skip("this machine has no fish")
    for value in VALUES:
        script = "\n".join(statements(Shell.FISH, {"V": value}, ["GONE"]))
        script += "\nprintf %s $V; set -q GONE; or printf unset"
        done = subprocess.run(
            [fish, "-N", "-c", script], env={"GONE": "here"}, capture_output=True, check=True
        )
        assert done.stdout.decode() == value + "unset"


@pytest.mark.parametrize(
    ("value", "fish", "powershell"),
    [
        ("a b", "'a b'", "'a b'"),
        ("it's", "'it\\'s'", "'it''s'"),
        ("a\\b$c", "'a\\\\b$c'", "'a\\b$c'"),
        ("\u2018x\u2019", "'\u2018x\u2019'", "'\u2018\u2018x\u2019\u2019'"),
    ],
)
def test_quotes_of_fish_and_powershell(value: str, fish: str, powershell: str) -> None:
    assert fish_quoted(value) == fish
    assert powershell_quoted(value) == powershell


def test_powershell_statements() -> None:
    assert statements(Shell.POWERSHELL, {"V": "x"}, ["GONE"]) == [
        "Remove-Item Env:GONE -ErrorAction SilentlyContinue",
        "$env:V = 'x'",
    ]


@pytest.mark.parametrize("value", VALUES)
def test_bash_reads_a_word_back(value: str) -> None:
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, "-c", f"printf %s {word(Shell.BASH, value)}"], capture_output=True, check=True
    )
    assert done.stdout.decode() == value


def test_words_that_need_no_quotes_have_none() -> None:
    assert [word(shell, "--tools") for shell in Shell] == ["--tools"] * 3
    assert word(Shell.POWERSHELL, "a,b") == "'a,b'"
    assert word(Shell.FISH, "a b") == "'a b'"
