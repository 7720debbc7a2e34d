"""The page on compatibility, and the plugin that holds the suite to it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compatibility import NOT_YET, PAGE, rows

ROOT = Path(__file__).parent.parent
SMALL_PAGE = """
| id | requirement | how it is met |
|---|---|---|
| CC-01 | the first | well |
| CC-02 | the second | well |
| CC-03 | the third | Not yet: it comes |
"""
SUITE = """
import pytest

@pytest.mark.requirement("CC-01")
def test_first(): pass

@pytest.mark.requirement("CC-02")
@pytest.mark.parametrize("number", [1, 2])
def test_second(number):
    if number == 2: pytest.skip("one that passes is enough")
"""
WRONG_SUITE = """
import pytest

@pytest.mark.requirement("CC-01")
def test_skipped(): pytest.skip()

@pytest.mark.requirement("CC-01")
@pytest.mark.xfail
def test_expected(): assert False

@pytest.mark.requirement("CC-02")
@pytest.mark.full
def test_long(): pass
"""
WHY = [
    "2 rows of docs/compatibility.md were shown by no test",
    "CC-01 (the first): none of its tests ran and passed: "
    "tests/test_suite.py::test_expected, tests/test_suite.py::test_skipped",
    "CC-02 (the second): no test carries it",
]


def run(folder: Path, suite: str, *options: str) -> tuple[int, str]:
    """Run pytest on a suite with a small page; its exit status and what it said."""
    (folder / "tests").mkdir()
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("conftest.py", "compatibility.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    (folder / "tests" / "fixtures.py").touch()
    (folder / "tests" / "test_suite.py").write_text(suite, "utf-8")
    (folder / PAGE).write_text(SMALL_PAGE, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_page_has_every_row_once_and_one_that_is_not_met() -> None:
    text = (ROOT / PAGE).read_text("utf-8")
    listed = rows(text)
    assert list(listed) == [f"CC-{number:02}" for number in range(1, len(listed) + 1)]
    assert len(listed) >= 70
    assert len(re.findall(r"^\| CC-", text, re.MULTILINE)) == len(listed), "a row that cannot be read"
    assert [id for id, row in listed.items() if row.how.startswith(NOT_YET)] == ["CC-67"]


def test_a_suite_that_shows_every_row_passes(tmp_path: Path) -> None:
    status, said = run(tmp_path, SUITE)
    assert status == 0, said
    assert "shown by no test" not in said


@pytest.mark.parametrize("options", [(), ("--full",)], ids=["short", "full"])
def test_a_row_that_no_test_of_the_short_form_shows_fails_the_run(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    status, said = run(tmp_path, WRONG_SUITE, *options)
    assert status == 1
    assert [line for line in WHY if line not in said] == []


@pytest.mark.parametrize("options", [("-k", "long"), ("tests",), ("--no-clients",)], ids=" ".join)
def test_less_than_the_whole_suite_is_not_held_to_the_page(tmp_path: Path, options: tuple[str, ...]) -> None:
    _status, said = run(tmp_path, WRONG_SUITE, *options)
    assert "shown by no test" not in said


def test_a_row_can_be_run_alone(tmp_path: Path) -> None:
    status, said = run(tmp_path, SUITE, "--row", "CC-02")
    assert status == 0
    assert "1 passed, 1 skipped, 1 deselected" in said


MISTAKES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "an id that the page does not have": (
        SUITE.replace("CC-02", "CC-09"),
        (),
        "tests/test_suite.py::test_second[1]: docs/compatibility.md has no row CC-09",
    ),
    "two ids in one mark": (
        SUITE.replace('"CC-01"', '"CC-01", "CC-02"'),
        (),
        'tests/test_suite.py::test_first: write @pytest.mark.requirement("CC-01"), one id each',
    ),
    "an option with an unknown id": (SUITE, ("--row", "CC-09"), "--row: docs/compatibility.md has no row"),
}


@pytest.mark.parametrize(("suite", "options", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_an_id_is_an_error(
    tmp_path: Path, suite: str, options: tuple[str, ...], message: str
) -> None:
    status, said = run(tmp_path, suite, *options)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert message in said
