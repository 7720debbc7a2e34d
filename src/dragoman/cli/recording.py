"""The record of this run, kept up to date from its first moment to its orderly end (`runtime/record`)."""

import contextlib
import os
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dragoman.cli.recorded import clear_stale
from dragoman.cli.screen import warn

if TYPE_CHECKING:
    from dragoman.runtime.keeper import Keeper
    from dragoman.runtime.work import Work

READY = "DRAGOMAN_READY"
"""A variable with the number of a descriptor: who runs this in the background waits there for one line."""


def in_background() -> bool:
    """Whether this process was started by `--detach`, whose user has seen what comes before."""
    return READY in os.environ


class Recording:
    """`with Recording(...) as recording:` the file is there as long as the block runs."""

    def __init__(self, url: str, port: int, work: "Work | None") -> None:
        from msgspec import to_builtins

        from dragoman import __version__
        from dragoman.runtime import record

        model = work.deployment.served_name if work else ""
        self._record = record.own(url, port, time.time(), model, __version__)
        self._record.plan = to_builtins(work.deployment) if work else {}
        self._keepers: list[Keeper] = []
        self._failed = False
        self._told = os.environ.pop(READY, "")
        if self._told:
            self._record.log = str(record.log_of_gateway(port))

    @property
    def background(self) -> bool:
        """Whether it runs in the background."""
        return bool(self._record.log)

    def __enter__(self) -> Self:
        from dragoman.runtime import record

        before = record.read(self._record.port)
        if before is not None and not before.alive:
            clear_stale([before])
        self.changed()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from dragoman.runtime import record

        record.remove(self._record)

    def engines(self, keepers: "list[Keeper]") -> None:
        """These are the engines of this run."""
        from dragoman.runtime.record import EngineRecord

        self._keepers = keepers
        self._record.argv = list(keepers[0].launch.command.argv) if keepers else []
        self._record.engines = [
            EngineRecord(keeper.launch.url, str(keeper.launch.log), keeper.mark) for keeper in keepers
        ]
        self.changed()

    def ready(self) -> None:
        """The check has passed; whoever waits for that is told."""
        self._record.ready = True
        self.changed()
        if self._told:
            with contextlib.suppress(OSError, ValueError):
                descriptor = int(self._told)
                os.write(descriptor, b"ready\n")
                os.close(descriptor)
            self._told = ""

    def changed(self) -> None:
        """Write it anew. That this fails is said once and hinders nothing."""
        from dragoman.runtime import record

        for known, keeper in zip(self._record.engines, self._keepers, strict=False):
            known.state, known.pid, known.starts = str(keeper.state), keeper.pid, keeper.starts
            known.trouble = keeper.last.text if keeper.last else ""
        try:
            record.write(self._record)
        except OSError as error:
            if not self._failed:
                warn(f"{Path(record.path_of(self._record.port))} cannot be written: {error.strerror}")
            self._failed = True
