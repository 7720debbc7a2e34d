"""A leash run for real: exit codes, signals passed on, and nothing left when its owner lets go."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dragoman.runtime import leash

TREE = """
import subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
code = deaf + "; print('up', flush=True); time.sleep(600)"
print(subprocess.Popen([sys.executable, "-c", code], start_new_session=True).pid, flush=True)
time.sleep(600)
"""


@contextmanager
def leashed(*command: str) -> Iterator[tuple[subprocess.Popen[str], socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            argv = leash.argv(theirs.fileno(), command)
            process = subprocess.Popen(
                argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(theirs.fileno(),), text=True
            )
        with process:
            yield process, ours
            ours.close()


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", 128 + signal.SIGKILL),
        ("import signal; raise SystemExit(int(signal.getsignal(signal.SIGPIPE) != signal.SIG_IGN))", 0),
    ],
)
def test_the_exit_code_is_the_command_s(code: str, expected: int) -> None:
    with leashed(sys.executable, "-c", code) as (process, _):
        assert process.wait(30) == expected


def test_a_program_that_is_not_there_is_said() -> None:
    with leashed("/nowhere/program") as (process, _):
        assert process.communicate(timeout=30)[0] == "/nowhere/program: No such file or directory\n"
        assert process.returncode == 127


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        "for n in (2, 15): signal.signal(n, lambda n, _: sys.exit(40 + n))\n"
        "print('up', flush=True); time.sleep(600)"
    )
    with leashed(sys.executable, "-c", code) as (process, ours):
        assert ours.recv(32).strip().isdigit()
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.wait(30) == 40 + number


def test_letting_go_ends_everything_below() -> None:
    with leashed(sys.executable, "-c", TREE) as (process, ours):
        assert process.stdout is not None
        command = int(ours.recv(32))
        stray = int(process.stdout.readline())
        assert process.stdout.readline() == "up\n"
        ours.close()
        assert process.wait(30) == 128 + signal.SIGKILL
        assert not exists(command)
        assert not exists(stray)


def test_what_a_command_leaves_behind_ends_after_a_moment() -> None:
    with leashed(sys.executable, "-c", TREE.replace("time.sleep(600)\n", "", 1)) as (process, _):
        assert process.stdout is not None
        stray = int(process.stdout.readline())
        begun = time.monotonic()
        process.communicate(timeout=30)
        assert process.returncode == 0
        assert time.monotonic() - begun < leash.LINGER_S + 10
        assert not exists(stray)
