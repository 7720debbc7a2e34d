"""What runs, for commands that come later: one JSON file per gateway port in the state directory.

Written whole or not at all, readable by its user alone, removed at an orderly end. One that stayed behind is
stale: its process is told from another with the same number by the time of its start.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from dragoman.machine import processes
from dragoman.machine.processes import Mark
from dragoman.places import state_dir, write_private

Plan = dict[str, Any]


class EngineRecord(Struct):
    """One engine; `mark` finds its processes (`orphans`), `trouble` is why its last life ended."""

    url: str
    log: str
    mark: str
    state: str = "idle"
    pid: int | None = None
    starts: int = 0
    trouble: str = ""


class Record(Struct):
    """One gateway with its engines. `log` is its own output where it runs in the background."""

    pid: int
    started: int
    boot: str
    url: str
    port: int
    began: float
    """Seconds since 1970."""
    model: str
    version: str
    engines: list[EngineRecord] = field(default_factory=list)
    log: str = ""
    ready: bool = False
    plan: Plan = field(default_factory=dict)
    argv: list[str] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether the process that wrote it still runs."""
        now = processes.mark(self.pid)
        return now == Mark(self.pid, self.started, self.boot) and not is_zombie(self.pid)


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and nobody took note, as in containers whose first process reaps none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def folder() -> Path:
    return state_dir() / "gateways"


def path_of(port: int) -> Path:
    return folder() / f"{port}.json"


def log_of_engine(port: int, number: int) -> Path:
    """Where an engine behind the gateway of this port writes."""
    return state_dir() / (f"engine-{port}.{number}.log" if number else f"engine-{port}.log")


def log_of_gateway(port: int) -> Path:
    """Where a gateway in the background writes."""
    return state_dir() / f"gateway-{port}.log"


def own(url: str, port: int, began: float, model: str, version: str) -> Record:
    """The record of this process."""
    mark = processes.mark(os.getpid()) or Mark(os.getpid(), 0, "")
    return Record(mark.pid, mark.started, mark.boot, url, port, began, model, version)


def write(record: Record) -> None:
    """Put it in its place. Raises OSError."""
    write_private(path_of(record.port), msgspec.json.format(msgspec.json.encode(record)))


def read(port: int) -> Record | None:
    """The record of a port, stale or not; None where there is none, or nothing that can be read."""
    try:
        found = msgspec.json.decode(path_of(port).read_bytes(), type=Record)
    except (OSError, ValueError):
        return None
    return found if found.port == port else None


def every() -> list[Record]:
    """All records, by port."""
    try:
        ports = sorted(int(path.stem) for path in folder().glob("*.json") if path.stem.isdigit())
    except OSError:
        return []
    return [record for port in ports if (record := read(port))]


def remove(record: Record) -> None:
    """Take it away, unless another process has put its own there since."""
    now = read(record.port)
    if now is not None and (now.pid, now.started) == (record.pid, record.started):
        with contextlib.suppress(OSError):
            path_of(record.port).unlink()
