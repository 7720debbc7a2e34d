"""docs/causes.md and its Chinese twin list the table of causes, row by row."""

import re
from pathlib import Path

import pytest

from dragoman.engines.vllm.causes import TABLE

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `([\w-]+)` \| (.*?) \| (.*) \| (.*) \| (live|source|reported) \|$", re.MULTILINE)
HANG = "vLLM is using nccl=="


def rows(page: str) -> list[tuple[str, str, str, str, str]]:
    return ROW.findall((DOCS / page).read_text("utf-8"))


def words(cell: str) -> str:
    return cell[cell.index("`") :].strip("`").strip()


@pytest.mark.parametrize("page", ["causes.md", "causes.zh-CN.md"])
def test_the_page_lists_every_cause_in_the_tables_order(page: str) -> None:
    expected = [
        (cause.id, cause.wordings[0].cue.strip() if cause.wordings else HANG, cause.seen) for cause in TABLE
    ]
    assert [(id, words(cell), seen) for id, cell, _, _, seen in rows(page)] == expected


def test_the_page_says_what_the_table_says() -> None:
    said = {id: (what, mend) for id, _, what, mend, _ in rows("causes.md")}
    assert said == {cause.id: (cause.what, cause.mend) for cause in TABLE}


def test_the_chinese_page_names_the_same_flags_variables_and_figures() -> None:
    named = re.compile(r"--[a-z][\w-]+|\b[A-Z]{2,}_\w+|\b\d+(?:\.\d+)?g?\b")
    english = {id: set(named.findall(what + mend)) for id, _, what, mend, _ in rows("causes.md")}
    chinese = {id: set(named.findall(what + mend)) for id, _, what, mend, _ in rows("causes.zh-CN.md")}
    flags = {id: {word for word in found if not word[0].isdigit()} for id, found in english.items()}
    assert not {id: flags[id] - chinese[id] for id in flags if flags[id] - chinese[id]}
