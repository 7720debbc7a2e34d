"""How commands fail: one line, and a status that says whose fault it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman import __version__
from dragoman.cli import explain, run
from dragoman.model.errors import Busy
from dragoman.settings import SettingsError
from tests.cli.program import dragoman, environment

HEAVY = ("aiohttp", "dragoman.app", "rich.live", "starlette", "uvicorn", "yaml")


@pytest.mark.parametrize("words", [[], ["serve"], ["up"], ["launch"], ["engine"], ["engine", "install"]])
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: dragoman {' '.join(words)}".rstrip())


def test_the_version(tmp_path: Path) -> None:
    assert dragoman(tmp_path, "--version").stdout == f"dragoman {__version__}\n"


MISUSES: dict[str, tuple[list[str], str]] = {
    "an unknown command": (["srve"], "No such command 'srve'"),
    "an unknown option": (["serve", "--upsteam", "x"], "No such option: --upsteam"),
    "no number": (["serve", "--port", "many"], "Invalid value for '--port'"),
    "an unknown shell": (["launch", "claude", "--print-env", "zsh"], "Invalid value for '--print-env'"),
    "no client": (["launch"], "Missing argument"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_a_misuse_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, said = MISUSES[name]
    assert run(words) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("dragoman: ")
    assert shown.count("\n") == 1
    assert said in shown
    assert "--help" in shown


FAILURES: dict[str, tuple[Exception, str]] = {
    "settings": (SettingsError("port: wrong"), "dragoman: port: wrong\n"),
    "an error of the tree": (Busy("The engine is starting."), "dragoman: The engine is starting.\n"),
    "a file": (FileNotFoundError(2, "No such file", "/a"), "dragoman: No such file: /a\n"),
    "a reader that went away": (BrokenPipeError(), ""),
    "a fault of ours": (
        KeyError("x"),
        "dragoman: this is a fault of Dragoman's: KeyError('x'); --verbose says more\n",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    error, wanted = FAILURES[name]
    assert explain(error, verbose=False) == 1
    assert capsys.readouterr().err == wanted


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"import dragoman.cli, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_console_command_is_the_same(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("dragoman")
    if not os.access(program, os.X_OK):
        pytest.skip("the package is not installed")
    done = subprocess.run([program, "no"], env=environment(tmp_path), capture_output=True, check=False)
    assert done.returncode == 2
