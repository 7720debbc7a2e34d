"""Options of the test command: `--full`, `--no-clients`; and what the marks of pyproject.toml mean to pytest.

Tests marked `full` are left out without `--full` and named at the end; tests marked `client` are skipped with
`--no-clients`; `requirement("CC-01")` is checked and collected for the page on compatibility.
"""

import re

import pytest

pytest_plugins = ["tests.fixtures"]

REQUIREMENT = re.compile(r"[A-Z]{2,4}-\d{2,3}")
DECLINED = "declined with --no-clients: it would fetch Claude Code, which is proprietary"

left_out = pytest.StashKey[list[str]]()
requirements = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dragoman")
    group.addoption("--full", action="store_true", help="also run the tests marked `full`, which take long")
    group.addoption("--golden-rewrite", action="store_true", help="write the pairs of tests/golden anew")
    group.addoption("--no-clients", action="store_true", help="skip the tests that fetch and run Claude Code")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[requirements] = _collect_requirements(items)
    if config.getoption("--no-clients"):
        for item in items:
            if item.get_closest_marker("client"):
                item.add_marker(pytest.mark.skip(reason=DECLINED))
    if not config.getoption("--full"):
        long = [item for item in items if item.get_closest_marker("full")]
        config.stash[left_out] = [item.nodeid for item in long]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def _collect_requirements(items: list[pytest.Item]) -> dict[str, list[str]]:
    """The tests that show each row of docs/compatibility.md."""
    found: dict[str, list[str]] = {}
    for item in items:
        for mark in item.iter_markers("requirement"):
            if len(mark.args) != 1 or mark.kwargs or not REQUIREMENT.fullmatch(str(mark.args[0])):
                raise pytest.UsageError(
                    f'{item.nodeid}: write @pytest.mark.requirement("CC-01"), one id each'
                )
            found.setdefault(mark.args[0], []).append(item.nodeid)
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    names = config.stash.get(left_out, [])
    if names:
        terminalreporter.section(
            f"{len(names)} tests marked `full` were not run; `scripts/test --full` runs them"
        )
        for name in names:
            terminalreporter.write_line(name)
