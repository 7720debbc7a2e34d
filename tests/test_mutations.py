"""The tests of a row of the page on compatibility fail where what they show is switched off."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from tests.compatibility import PAGE, rows
from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
TESTS, SOURCE = ROOT / "tests", ROOT / "src" / "dragoman"
AT_ONCE = 2
TIMEOUT = 240.0
"""Seconds for the tests of one row; where they take longer, the mutation made them wait for ever."""

Runs = dict[Mutation, Future[tuple[int, str]]]


def files_of(wanted: set[str]) -> Iterator[str]:
    """The files of tests that carry one of these rows; those of clients need an engine or a program."""
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if path.parent != TESTS / "clients" and any(f'requirement("{row}")' in text for row in wanted):
            yield str(path.relative_to(ROOT))


def run(source: Path, wanted: Iterable[str]) -> tuple[int, str]:
    """The tests of rows against a copy of the sources: pytest's exit status, and what it said."""
    chosen = set(wanted)
    options = [f"--row={row}" for row in chosen] + ["-m", "not engine and not client and not full"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        [*command, *files_of(chosen)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    return done.returncode, done.stdout + done.stderr


def copy_to(folder: Path) -> Path:
    shutil.copytree(SOURCE, folder / "dragoman", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run_mutated(folder: Path, mutation: Mutation) -> tuple[int, str]:
    path = copy_to(folder) / "dragoman" / mutation.file
    text = path.read_text("utf-8")
    path.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    try:
        return run(folder, [mutation.row])
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The runs of all mutations that were selected, some at once."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    users = [test for test in tests if {"runs", "mutation"} <= set(test.fixturenames)]
    selected = dict.fromkeys(cast(Mutation, test.callspec.params["mutation"]) for test in users)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {
            mutation: threads.submit(run_mutated, tmp_path_factory.mktemp("mutated"), mutation)
            for mutation in selected
        }


def test_the_list_is_long_enough_and_of_rows_that_exist() -> None:
    mutated = {mutation.row for mutation in MUTATIONS}
    assert len(mutated) >= 30
    assert mutated <= rows((ROOT / PAGE).read_text("utf-8")).keys()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.row for mutation in MUTATIONS])
def test_what_a_mutation_changes_stands_once_in_its_file(mutation: Mutation) -> None:
    assert (SOURCE / mutation.file).read_text("utf-8").count(mutation.old) == 1


@pytest.mark.full
def test_without_a_mutation_all_of_these_tests_pass(tmp_path: Path) -> None:
    status, said = run(copy_to(tmp_path), {mutation.row for mutation in MUTATIONS})
    assert status == 0, said


@pytest.mark.full
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.row for mutation in MUTATIONS])
def test_the_tests_of_the_row_notice(mutation: Mutation, runs: Runs) -> None:
    status, said = runs[mutation].result()
    assert status != pytest.ExitCode.OK, f"no test of {mutation.row} noticed:\n{said[-2000:]}"
    assert status == pytest.ExitCode.TESTS_FAILED, f"the tests could not be run:\n{said[-2000:]}"
