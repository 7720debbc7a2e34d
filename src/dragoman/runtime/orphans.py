"""Processes that an engine left behind, found by the mark that each engine's environment carries.

A leash takes everything down with it; what is found here escaped one that was itself killed. Where there is
no /proc, nothing is found.
"""

import os
import secrets
import signal
import time
from collections.abc import Collection
from pathlib import Path

MARK = "DRAGOMAN_ENGINE"
END_S = 10.0


def new_mark() -> str:
    """A value for the variable MARK that no other engine has."""
    return f"{os.getpid()}-{secrets.token_hex(6)}"


def marked(mark: str) -> set[int]:
    """The processes of this user that carry a mark, zombies left out."""
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found - {os.getpid()}


def end(mark: str) -> set[int]:
    """Kill what carries a mark and wait until it is gone; what was found."""
    everything: set[int] = set()
    deadline = time.monotonic() + END_S
    while (found := marked(mark)) and time.monotonic() < deadline:
        everything |= found
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        time.sleep(0.02)
    return everything


def sentence(pids: Collection[int]) -> str:
    """What was found, for people."""
    several = len(pids) > 1
    listed = ", ".join(map(str, sorted(pids)))
    return (
        f"{len(pids)} process{'es' if several else ''} that the engine had left behind "
        f"{'were' if several else 'was'} ended (pid {listed})"
    )
