"""The rows of docs/compatibility.md, and the tests that show them, as a plugin of pytest.

A test shows the rows whose ids it carries: `@pytest.mark.requirement("CC-01")`. A whole run fails where a
row was shown by no test of the short form that ran and passed. `--row CC-01` runs the tests of one row alone.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path("docs/compatibility.md")
ROW = re.compile(r"^\| ([A-Z]{2,4}-\d{2,3}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NOT_YET = "Not yet"
"""So begins the last column of a row that is not met; no test has to show it."""
NARROWING = (
    "keyword",
    "markexpr",
    "row",
    "deselect",
    "ignore",
    "ignore_glob",
    "lf",
    "stepwise",
    "collectonly",
)
"""Options of pytest that make a run less than whole."""


class Row(NamedTuple):
    requirement: str
    how: str


def rows(page: str) -> dict[str, Row]:
    """The rows of the page by their ids."""
    return {id: Row(requirement, how) for id, requirement, how in ROW.findall(page)}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dragoman")
    row = "only the tests that show this row of docs/compatibility.md"
    group.addoption("--row", action="append", default=[], metavar="ID", help=row)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Shown(config))


class Shown:
    """Which rows a run has shown."""

    def __init__(self, config: pytest.Config) -> None:
        page = config.rootpath / PAGE
        self._config = config
        self._rows = rows(page.read_text("utf-8")) if page.exists() else {}
        self._tests: dict[str, set[str]] = {}
        self._passed: set[str] = set()
        self._missing: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        ids = {item: set(ids_of(item)) for item in items}
        wanted = set(self._config.getoption("--row"))
        for where, named in [*((item.nodeid, ids[item]) for item in items), ("--row", wanted)]:
            if unknown := sorted(named - self._rows.keys()):
                raise pytest.UsageError(f"{where}: {PAGE} has no row {', '.join(unknown)}")
        for item in items:
            if not item.get_closest_marker("full"):
                for row in ids[item]:
                    self._tests.setdefault(row, set()).add(item.nodeid)
        if wanted:
            others = [item for item in items if not ids[item] & wanted]
            self._config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if ids[item] & wanted]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        stopped = session.shouldstop or session.shouldfail
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or stopped:
            return
        if is_whole(self._config):
            self._missing = [
                id
                for id, row in self._rows.items()
                if not row.how.startswith(NOT_YET) and not self._tests.get(id, set()) & self._passed
            ]
        if self._missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._missing:
            return
        terminalreporter.section(f"{len(self._missing)} rows of {PAGE} were shown by no test", red=True)
        for line in self._why():
            terminalreporter.write_line(line)

    def _why(self) -> Iterator[str]:
        for id in self._missing:
            tests = sorted(self._tests.get(id, ()))
            why = f"none of its tests ran and passed: {', '.join(tests)}" if tests else "no test carries it"
            yield f"{id} ({self._rows[id].requirement}): {why}"


def ids_of(item: pytest.Item) -> list[str]:
    """The ids that a test carries. Raises UsageError where a mark is not one id."""
    marks = list(item.iter_markers("requirement"))
    if any(len(mark.args) != 1 or mark.kwargs or not isinstance(mark.args[0], str) for mark in marks):
        raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.requirement("CC-01"), one id each')
    return [mark.args[0] for mark in marks]


def is_whole(config: pytest.Config) -> bool:
    """Whether the whole suite was asked for, clients and all."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.getoption("--no-clients"):
        return False
    return not any(config.getoption(name, None) for name in NARROWING)
