"""A process that lets nothing outlive its owner: it runs one command and ends it, with all below it.

Run as a script, `python leash.py FD COMMAND...`; `FD` is one end of a socket whose other end the owner holds.
The leash writes the command's pid to it, unless FD is 0, its standard input, and waits. SIGTERM and SIGINT
are passed on to the command. Where the owner's end closes, even because the owner was killed, everything is
killed. The exit code is the command's (128 + N where signal N ended it) and comes when no descendant is left.
Standard library only.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINGER_S = 2.0


def argv(fd: int, command: tuple[str, ...]) -> list[str]:
    """How the owner starts a leash that holds the other end of its socket as `fd`."""
    return [sys.executable, "-I", "-S", __file__, str(fd), *command]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _parents() -> Iterator[tuple[int, int]]:
    """Every process with its parent, where there is a /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        yield int(stat.parent.name), int(after_name[1])


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    parents = list(_parents())
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents if parent in new} - found
        found |= new
    return found


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return


def _reap(pid: int) -> tuple[int | None, bool]:
    """Collect what has ended: the command's wait status if it is among it, and whether any child is left."""
    status = None
    while True:
        try:
            child, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if child == 0:
            return status, True
        if child == pid:
            status = code


def _start(command: list[str]) -> int:
    leash = os.getpid()
    if pid := os.fork():
        return pid
    try:
        # A session of its own: a Ctrl-C in a terminal reaches the owner alone, who then stops in order.
        os.setsid()
        # Should the leash itself be killed, at least the command goes with it.
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == leash:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _wait(owner: int, wake: int, pid: int) -> int | None:
    """Until the command has ended (its wait status) or the owner has gone (None)."""
    while True:
        status, _ = _reap(pid)
        if status is not None:
            return status
        ready, _, _ = select.select([owner, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
        if owner in ready and not os.read(owner, 1):
            return None


def _linger(pid: int) -> None:
    """Children of a server that ended by itself get a moment to follow it."""
    end = time.monotonic() + LINGER_S
    while time.monotonic() < end and _reap(pid)[1]:
        time.sleep(0.02)


def _clear(pid: int) -> int | None:
    """Kill everything below and return when it is gone; the command's wait status where it is seen here."""
    status, left = None, True
    while left:
        for below in descendants(os.getpid()) | {pid}:
            _signal(below, signal.SIGKILL)
        seen, left = _reap(pid)
        status = status if seen is None else seen
        time.sleep(0.01)
    return status


def main(owner: int, command: list[str]) -> int:
    """Run the command below this process; return its exit code."""
    wake, poke = os.pipe()
    os.set_blocking(poke, False)
    os.set_inheritable(owner, False)
    # Orphans of the command become children of this process, so that none can hide from it.
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.set_wakeup_fd(poke, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    pid = _start(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: _signal(pid, got))
    # Told only now: a signal that the owner sends after it has read the pid is passed on.
    try:
        if owner:
            os.write(owner, f"{pid}\n".encode())
        status = _wait(owner, wake, pid)
    except OSError:
        status = None
    if status is not None:
        _linger(pid)
        _clear(pid)
    else:
        status = _clear(pid)
    code = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
