"""The folder of checks: each has its title, a planted fault and its row in docs/doctor.md."""

import ast
import re
from pathlib import Path

import pytest

from dragoman.doctor.examining import judge, known
from dragoman.doctor.seen import Seen

HERE = Path(__file__).parent
DOCS = HERE.parents[2] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    return {name: title for name, title, _ in ROW.findall((DOCS / page).read_text("utf-8"))}


def test_each_check_says_what_it_finds() -> None:
    titles = [check.title for check in known().values()]
    assert len(set(titles)) == len(titles) == len(known())
    assert not [title for title in titles if title.endswith(".") or len(title) > 80]


def test_a_fault_is_planted_for_each_check() -> None:
    """Their names stand in the tests beside this one as words of their own."""
    words: set[str] = set()
    for file in HERE.glob("test_*.py"):
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        words |= {
            node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    assert not known().keys() - words


def test_the_page_lists_the_folder() -> None:
    assert rows("doctor.md") == {name: check.title for name, check in known().items()}


def test_the_chinese_page_lists_the_folder() -> None:
    assert rows("doctor.zh-CN.md").keys() == known().keys()


@pytest.mark.parametrize("page", ["doctor.md", "doctor.zh-CN.md"])
def test_the_pages_name_the_other_language_and_the_statuses(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert {"doctor.md": "doctor.zh-CN.md", "doctor.zh-CN.md": "doctor.md"}[page] in text


def test_where_nothing_was_seen_nothing_is_found() -> None:
    assert judge(Seen()) == []
