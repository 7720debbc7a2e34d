"""`dragoman stop`: ends what `dragoman up` started, in order, and says what ended."""

import os
import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.recorded import clear_stale
from dragoman.model.errors import DragomanError

if TYPE_CHECKING:
    from dragoman.runtime.record import Record

PATIENCE_S = 90.0
"""An engine has 20 s to end in order, several end at once, and then they are killed."""


class NothingRuns(DragomanError):
    """There is no gateway to stop, or none that was meant."""


def stop(
    port: Annotated[int | None, typer.Option(metavar="N", help="The gateway on this port.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every gateway that `up` started.")] = False,
) -> int:
    """Stop a gateway that `dragoman up` started, and its engines."""
    from dragoman.runtime import record

    found = record.every() if port is None else list(filter(None, [record.read(port)]))
    clear_stale(one for one in found if not one.alive)
    alive = [one for one in found if one.alive]
    if not alive:
        where = f" on port {port}" if port is not None else ""
        raise NothingRuns(f"nothing that `dragoman up` started runs{where}")
    if len(alive) > 1 and not everything:
        ports = ", ".join(str(one.port) for one in alive)
        raise NothingRuns(f"several gateways run: choose one with --port ({ports}), or take --all")
    for one in alive:
        end(one)
    return 0


def end(one: "Record") -> None:
    """Ask one to end and wait until it has. Raises NothingRuns where it does not."""
    began = time.monotonic()
    try:
        os.kill(one.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise NothingRuns(f"the gateway of process {one.pid} belongs to another user") from None
    while one.alive:
        if time.monotonic() - began > PATIENCE_S:
            raise NothingRuns(
                f"the gateway on port {one.port} (pid {one.pid}) has not ended after {PATIENCE_S:.0f} s; "
                f"`kill -9 {one.pid}` ends it and its engines at once"
            )
        time.sleep(0.1)
    print(f"{ended(one)} after {time.monotonic() - began:.0f} s.")


def ended(one: "Record") -> str:
    count = len(one.engines)
    engines = f" and {count} engine{'s' if count > 1 else ''} with {one.model}" if count else ""
    return f"The gateway on {one.url}{engines} ended"
