"""Processes of our own, told from others even when they were orphaned and their numbers given anew.

A mark is taken while a process runs and may be kept on disk. Linux only: elsewhere nothing is ours.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """One process of one boot: its number and when it started, in ticks since then."""

    pid: int
    started: int
    boot: str


@dataclass(frozen=True, slots=True)
class _Stat:
    parent: int
    group: int
    session: int
    started: int


def mark(pid: int) -> Mark | None:
    """What tells a running process from every other; None where it does not run."""
    stat, boot = _stat(pid), _boot()
    return Mark(pid, stat.started, boot) if stat and boot else None


def belongs(pid: int, to: Mark) -> bool:
    """Whether a running process is the marked one, below it, or left over of its group or session.

    Processes of other users never are.
    """
    stat = _stat(pid)
    if stat is None or _boot() != to.boot or stat.started < to.started or not _same_user(pid):
        return False
    now = _stat(to.pid)
    # As long as one process is left in a group or a session, its number is given to no other.
    if now is not None and now.started != to.started:
        return False
    return to.pid in (pid, stat.group, stat.session) or _below(stat, to.pid)


def title(pid: int) -> str:
    """The command line for people, or the name, of a process; empty where it is not to be seen."""
    for file, end in (("cmdline", b"\0"), ("comm", b"\n")):
        try:
            found = (PROC / str(pid) / file).read_bytes()
        except OSError:
            return ""
        if words := found.strip(end + b" ").replace(b"\0", b" ").decode("utf-8", "replace"):
            return "".join(char if char.isprintable() else "�" for char in words[:300])
    return ""


def _below(stat: _Stat, pid: int) -> bool:
    for _ in range(DEEPEST):
        if stat.parent == pid:
            return True
        above = _stat(stat.parent) if stat.parent > 1 else None
        if above is None:
            return False
        stat = above
    return False


def _stat(pid: int) -> _Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
        fields = text.rpartition(")")[2].split()
        return _Stat(int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return None


def _same_user(pid: int) -> bool:
    try:
        return (PROC / str(pid)).stat().st_uid == os.getuid()
    except (OSError, AttributeError):
        return False


def _boot() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
