"""All checks: what each says of itself, and that its test has a fault that it must catch."""

import re
from pathlib import Path

import pytest

from dragoman import folder
from dragoman.verify import checks
from dragoman.verify.suite import PROTOCOLS, known

HERE = Path(__file__).parent / "checks"
ROOT = HERE.parent.parent.parent


@pytest.mark.parametrize("name", folder.names(checks))
def test_a_check_says_what_it_proves_how_and_the_mend(name: str) -> None:
    check = known()[name]
    for words in (check.title, check.proves, check.how, check.mend):
        assert words.strip() == words
        assert words
        assert not words.endswith(".")
    assert len(check.title) <= 16, "it would break the table"
    assert check.limit <= 300
    assert set(check.only) <= set(PROTOCOLS)


@pytest.mark.parametrize("name", folder.names(checks))
def test_what_a_check_needs_comes_before_it(name: str) -> None:
    order = list(known())
    for need in known()[name].needs:
        assert order.index(need) < order.index(name)


@pytest.mark.parametrize("name", folder.names(checks))
def test_each_check_has_a_fault_that_it_must_catch(name: str) -> None:
    """A check that cannot fail is a defect."""
    text = (HERE / f"test_{name}.py").read_text("utf-8")
    assert "FAILED" in text, "its test plants no fault"


def test_the_page_says_what_the_checks_say() -> None:
    text = (ROOT / "docs/verify.md").read_text("utf-8")
    missing = [name for name, check in known().items() if f"| {check.proves} | {check.how} |" not in text]
    assert not missing


def test_both_languages_show_the_same_commands() -> None:
    pages = [(ROOT / f"docs/verify{end}.md").read_text("utf-8") for end in ("", ".zh-CN")]
    shown = [re.findall(r"^dragoman .*$", page, re.MULTILINE) for page in pages]
    assert shown[0] == shown[1]
    assert len(shown[0]) > 5


def test_titles_differ() -> None:
    titles = [check.title for check in known().values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("page", ["docs/verify.md", "docs/verify.zh-CN.md"])
def test_the_page_has_a_row_for_each_check_in_their_order(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|.*\| ([^|]*) \|$", text, re.MULTILINE)
    assert len(rows) == text.count("\n| `")
    assert [name for name, _, _ in rows] == list(known())
    for name, title, quick in rows:
        assert title == known()[name].title
        assert bool(quick.strip()) is known()[name].quick, f"{name}: --quick"
