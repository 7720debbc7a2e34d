"""Options of the test command: `--full`, `--no-clients`; and what the marks of pyproject.toml mean to pytest.

Tests marked `full` are left out without `--full` and named at the end; tests marked `client` are skipped with
`--no-clients`. What `requirement("CC-01")` means stands in `tests/compatibility.py`.
"""

import signal
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures", "tests.compatibility"]

DECLINED = "declined with --no-clients: it would fetch Claude Code, which is proprietary"

left_out = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    # The short form tries the same examples each time; the long one new ones.
    slow = [HealthCheck.too_slow]
    settings.register_profile("short", derandomize=True, deadline=None, suppress_health_check=slow)
    settings.register_profile("full", deadline=None, suppress_health_check=slow)
    settings.load_profile("full" if config.getoption("--full") else "short")
    # A shell has its background jobs ignore Ctrl-C; what tests start would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # nohup has it ignore the terminal's end. What is caught here is not ignored by what tests start.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dragoman")
    group.addoption("--full", action="store_true", help="also run the tests marked `full`, which take long")
    group.addoption("--golden-rewrite", action="store_true", help="write the pairs of tests/golden anew")
    group.addoption("--no-clients", action="store_true", help="skip the tests that fetch and run Claude Code")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--no-clients"):
        for item in items:
            if item.get_closest_marker("client"):
                item.add_marker(pytest.mark.skip(reason=DECLINED))
    if not config.getoption("--full"):
        long = [item for item in items if item.get_closest_marker("full")]
        config.stash[left_out] = [item.nodeid for item in long]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    names = config.stash.get(left_out, [])
    if names:
        terminalreporter.section(
            f"{len(names)} tests marked `full` were not run; `scripts/test --full` runs them"
        )
        for name, times in Counter(name.partition("[")[0] for name in names).items():
            terminalreporter.write_line(f"{name} ({times} cases)" if times > 1 else name)
