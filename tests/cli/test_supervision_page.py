"""The page on supervision: both languages show the same commands, and every one of them exists."""

import re

import pytest

from tests.test_docs import FENCE, blocks, known, read, refusal

PAGES = ["docs/supervision.md", "docs/supervision.zh-CN.md"]


def test_both_languages_have_the_same_code_and_structure() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    english, chinese = (
        [line.split(" ")[0] for line in FENCE.sub("", read(page)).splitlines() if line.startswith(("#", "|"))]
        for page in PAGES
    )
    assert english == chinese


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_known(page: str) -> None:
    wrong = {" ".join(words): why for words in known(page, "dragoman") if (why := refusal(words))}
    assert not wrong


def test_the_figures_are_the_programs_own() -> None:
    from dragoman.runtime.keeper import SICK
    from dragoman.runtime.patience import DISK, HUB, LEAST_S, Restarts

    page, kept = read(PAGES[0]), Restarts()
    assert f"{LEAST_S / 60:.0f} minutes and what its bytes need" in page
    assert f"{DISK / 1e6:.0f} MB/s from a disk, and {HUB / 1e6:.0f} MB/s" in page
    assert f"It crashes {kept.most} times within {kept.window_s / 60:.0f} minutes".lower() in page.lower()
    assert f"at most {kept.longest_s:.0f} seconds" in page
    assert f"{kept.good_s / 60:.0f} good minutes" in page
    assert re.search(r"three times that it is dead", page)
    assert SICK == 3
