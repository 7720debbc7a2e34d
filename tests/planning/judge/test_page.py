"""docs/start-scripts.md and its Chinese twin list the rules of the judge."""

import re
from pathlib import Path

import pytest

from dragoman.planning import judge

ROOT = Path(__file__).parents[3]
SOURCES = Path(judge.__path__[0])
ID = re.compile(r'(?:Finding|_option)\(\s*(?:at\.start, )?"([a-z]+(?:-[a-z]+)*)"')


def rules() -> set[str]:
    return {id for path in SOURCES.rglob("*.py") for id in ID.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("page", ["start-scripts.md", "start-scripts.zh-CN.md"])
def test_the_page_lists_every_rule_and_no_other(page: str) -> None:
    cells = re.findall(r"^\| (`[^|]+`) \|", ROOT.joinpath("docs", page).read_text("utf-8"), re.MULTILINE)
    listed = [id for cell in cells for id in re.findall(r"`([^`]+)`", cell)]
    assert set(listed) == rules()
    assert len(listed) == len(set(listed)) > 30
