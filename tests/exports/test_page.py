"""docs/exports.md: every target is in it, every command works as it stands, and both languages agree."""

import shlex

import pytest

from dragoman import exports, folder
from tests.test_docs import INLINE, blocks, read, refusal

PAGES = ["docs/exports.md", "docs/exports.zh-CN.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_target_is_in_both_tables(page: str) -> None:
    for name in folder.names(exports):
        assert sum(line.startswith(f"| `{name}` |") for line in read(page).splitlines()) == 2


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_known(page: str) -> None:
    lines = [line for block in blocks(page) for line in block.text.splitlines()]
    assert lines and all(line.startswith("dragoman export ") for line in lines)
    for line in lines:
        words = shlex.split(line)[1:]
        assert words[1] in folder.names(exports)
        assert refusal(words) is None


def test_both_languages_show_the_same() -> None:
    english, chinese = PAGES
    assert blocks(english) == blocks(chinese)
    shapes = [
        [line.split(" ")[0] for line in read(page).splitlines() if line.startswith(("#", "|", "- "))]
        for page in PAGES
    ]
    assert shapes[0] == shapes[1]
    names = [set(INLINE.findall(read(page))) for page in PAGES]
    assert names[0] == names[1]
