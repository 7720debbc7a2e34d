"""Whose a process is: real processes, orphans among them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dragoman.machine.processes import Mark, belongs, mark, title

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SLEEP = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
# Starts a child that waits for its input to end, prints its number, and ends before it.
ORPHANING = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.readline()
"""


@contextmanager
def running(command: list[str], session: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=session
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def marked(pid: int) -> Mark:
    found = mark(pid)
    assert found is not None
    return found


def test_a_process_belongs_to_itself_and_to_what_started_it() -> None:
    with running(SLEEP) as child:
        assert belongs(child.pid, marked(child.pid))
        assert belongs(child.pid, marked(os.getpid()))
        assert not belongs(os.getpid(), marked(child.pid))


def test_an_orphan_belongs_to_the_session_of_the_dead() -> None:
    with running([sys.executable, "-c", ORPHANING], session=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        kept = marked(parent.pid)
        orphan = int(parent.stdout.readline())
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        parent.wait(10)
        assert mark(parent.pid) is None
        assert belongs(orphan, kept)
        assert not belongs(os.getpid(), kept)


def test_a_number_that_was_given_anew_is_not_ours() -> None:
    with running(SLEEP, session=True) as child:
        kept = marked(child.pid)
        assert not belongs(child.pid, replace(kept, started=kept.started - 1))
        assert not belongs(child.pid, replace(kept, started=kept.started + 1))


def test_a_mark_of_another_boot_means_nothing() -> None:
    kept = marked(os.getpid())
    assert not belongs(os.getpid(), replace(kept, boot="2b9a0a9e"))


def test_what_does_not_run_has_no_mark_and_no_title() -> None:
    absent = 2**22 + 1
    assert mark(absent) is None
    assert title(absent) == ""
    assert not belongs(absent, marked(os.getpid()))


def test_titles_are_command_lines_that_a_terminal_does_not_obey() -> None:
    with running([*SLEEP, "\x1b[31mred"]) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert title(child.pid).endswith("sys.stdin.read() �[31mred")
