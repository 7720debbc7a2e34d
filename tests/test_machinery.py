"""The repository's machinery: the lock files, the bootstrap's refusals, the options of the test command."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
WANTED = {
    "requirements.txt": RUNTIME,
    "requirements-dev.txt": [*RUNTIME, *PYPROJECT["dependency-groups"]["dev"]],
    "requirements-node.txt": PYPROJECT["dependency-groups"]["node"],
}


def locked(file: str) -> dict[str, str]:
    """Name -> version, of a lock file whose every entry carries hashes."""
    text = (ROOT / file).read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in filter(None, text.splitlines()):
        match = re.fullmatch(r"([a-z0-9-]+)==(\S+)( ;[^\\]+?)?((?:\s+--hash=sha256:[0-9a-f]{64})+)", line)
        assert match, f"{file} holds more than names, versions, markers and hashes: {line[:100]}"
        found[match[1]] = match[2]
    return found


@pytest.mark.parametrize("file", WANTED)
def test_lock_holds_what_pyproject_asks_for(file: str) -> None:
    versions = locked(file)
    for requirement in map(Requirement, WANTED[file]):
        version = versions.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), f"{requirement}: run scripts/lock"


def test_both_locks_agree_on_the_runtime() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()


def bootstrap(clone: Path, **environment: str) -> str:
    """Run the bootstrap in a bare copy, where it must refuse; return what it says."""
    (clone / "scripts").mkdir(parents=True)
    for name in ("scripts/bootstrap", "pyproject.toml", *WANTED):
        shutil.copy(ROOT / name, clone / name)
    done = subprocess.run(
        [clone / "scripts/bootstrap"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert not list(clone.glob(".venv/installed-*"))
    return done.stderr


def fake_python(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_bootstrap_refuses_an_old_python(tmp_path: Path) -> None:
    said = bootstrap(tmp_path / "a clone", DRAGOMAN_PYTHON=fake_python(tmp_path, "exit 1"))
    assert "Python 3.11 or newer is needed" in said


def test_bootstrap_names_the_package_that_brings_venv(tmp_path: Path) -> None:
    no_venv = fake_python(
        tmp_path, f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac'
    )
    assert "apt install python3-venv" in bootstrap(tmp_path / "a clone", DRAGOMAN_PYTHON=no_venv)


def test_bootstrap_says_that_it_needs_a_package_index(tmp_path: Path) -> None:
    said = bootstrap(
        tmp_path / "a clone",
        DRAGOMAN_PYTHON=sys.executable,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
    )
    assert "It needs a network that reaches a Python package index" in said


SUITE = """
import pytest

def test_short(): pass

@pytest.mark.full
def test_long(): pass

@pytest.mark.client
def test_client(): pass
"""


def run_suite(folder: Path, suite: str, *options: str) -> str:
    """Run pytest on a suite that has this project's conftest and settings; return what it printed."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    for plugin in ("fixtures.py", "compatibility.py"):  # of conftest's; this suite needs none of them
        (folder / "tests" / plugin).touch()
    (folder / "tests" / "test_suite.py").write_text(suite, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def test_short_form_names_the_long_tests_it_left_out(tmp_path: Path) -> None:
    said = run_suite(tmp_path, SUITE)
    assert "2 passed, 1 deselected" in said
    assert "1 tests marked `full` were not run; `scripts/test --full` runs them" in said
    assert "\ntests/test_suite.py::test_long\n" in said


def test_full_form_leaves_nothing_out(tmp_path: Path) -> None:
    said = run_suite(tmp_path, SUITE, "--full")
    assert "3 passed" in said
    assert "not run" not in said


def test_declined_clients_are_reported_as_skipped(tmp_path: Path) -> None:
    said = run_suite(tmp_path, SUITE, "--no-clients")
    assert "1 passed, 1 skipped, 1 deselected" in said
    assert "declined with --no-clients" in said
