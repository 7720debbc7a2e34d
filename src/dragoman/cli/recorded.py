"""What records say of gateways that `dragoman up` started, in words; which one a command means."""

import time
from typing import TYPE_CHECKING

from dragoman.cli.screen import warn
from dragoman.settings import PORT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dragoman.runtime.record import EngineRecord, Record

Row = tuple[str, str]

STATES = {
    "idle": "not started",
    "starting": "starting",
    "ready": "ready",
    "waiting": "crashed, is started again in a moment",
    "ended": "given up",
}


def meant(port: int | None) -> int:
    """The port of the gateway that a command means: the one given, else the only one that runs, else ours."""
    from dragoman.runtime import record

    if port is not None:
        return port
    alive = [one.port for one in record.every() if one.alive]
    return alive[0] if len(alive) == 1 else PORT


def rows(one: "Record") -> list[Row]:
    """A run, for people."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.began))
    state = "" if one.ready else "; not ready yet"
    listed = [("", ""), ("Runs", f"process {one.pid}, since {since}{state}")]
    if one.log:
        listed.append(("", f"in the background, its output in {one.log}"))
    for number, engine in enumerate(one.engines):
        listed += engine_rows("vLLM" if len(one.engines) == 1 else f"vLLM {number}", engine)
    return listed


def engine_rows(name: str, engine: "EngineRecord") -> list[Row]:
    process = f", process {engine.pid}" if engine.pid and engine.state in ("starting", "ready") else ""
    again = f", started {engine.starts} times" if engine.starts > 1 else ""
    listed = [(name, f"{STATES.get(engine.state, engine.state)}{process}{again}; log in {engine.log}")]
    if engine.trouble:
        listed.append(("", f"last trouble: {' '.join(engine.trouble.split())}"))
    return listed


def stale_words(one: "Record") -> str:
    """That a run ended and nobody heard of it."""
    logs = ", ".join(engine.log for engine in one.engines)
    return f"the gateway on port {one.port} (process {one.pid}) ended without its last word" + (
        f"; the engines' logs: {logs}" if logs else ""
    )


def clear_stale(records: "Iterable[Record]") -> None:
    """Records whose process is gone: what it left behind ends, and they are taken away."""
    from dragoman.runtime import orphans, record

    for stale in records:
        left = set[int]().union(*(orphans.end(engine.mark) for engine in stale.engines))
        said = f"; {orphans.sentence(left)}" if left else ""
        warn(f"{stale_words(stale)}{said}")
        record.remove(stale)
