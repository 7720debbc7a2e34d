"""`dragoman logs`: the output of engines that `dragoman up` started, and of a gateway in the background."""

import os
import re
import sys
import time
from collections import deque
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Annotated

import typer

from dragoman.cli.recorded import meant
from dragoman.cli.screen import bold
from dragoman.model.errors import DragomanError

EVERY_S = 0.3
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class NoLogs(DragomanError):
    """Nothing was ever logged for this port."""


def logs(
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as more comes, until Ctrl-C.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", metavar="N", min=0, help="So many last lines.")] = 50,
    engine: Annotated[
        int | None, typer.Option("--engine", metavar="N", min=0, help="Only this one of several engines.")
    ] = None,
    gateway: Annotated[bool, typer.Option("--gateway", help="The gateway's own output (--detach).")] = False,
    port: Annotated[int | None, typer.Option(metavar="N", help="The gateway on this port.")] = None,
) -> int:
    """Show what the engines print."""
    files = chosen(port, engine, gateway)
    with ExitStack() as stack:
        watched = [
            stack.enter_context(closing(Watched(name if len(files) > 1 else "", path)))
            for name, path in files
        ]
        for one in watched:
            one.show_last(lines)
        while follow:
            sys.stdout.flush()
            time.sleep(EVERY_S)
            for one in watched:
                one.show_new()
    return 0


def chosen(port: int | None, engine: int | None, gateway: bool) -> list[tuple[str, Path]]:
    """The files that are meant, with names. Raises NoLogs."""
    from dragoman.places import state_dir
    from dragoman.runtime import record

    port = meant(port)
    if gateway:
        found = [("gateway", record.log_of_gateway(port))]
    elif engine is not None:
        found = [(f"engine {engine}", record.log_of_engine(port, engine))]
    else:
        rest = sorted(state_dir().glob(f"engine-{port}.*.log"), key=lambda path: (len(path.name), path.name))
        found = [(f"engine {path.name.split('.')[1]}", path) for path in rest]
        found.insert(0, ("engine 0", record.log_of_engine(port, 0)))
    there = [(name, path) for name, path in found if path.exists()]
    if not there:
        raise NoLogs(f"there is no log at {found[0][1]}; is it another --port?")
    return there


class Watched:
    """One file, from its last lines on; a new one at its path is followed."""

    def __init__(self, name: str, path: Path) -> None:
        self._lead = f"{bold(name, sys.stdout)}  " if name else ""
        self._path = path
        self._file: IO[str] | None = self._opened()
        self._rest = ""

    def show_last(self, lines: int) -> None:
        if self._file:
            for line in deque(self._file, lines):
                self._print(line)

    def show_new(self) -> None:
        """What came since, and of a file that took its place all."""
        if self._file:
            self._show(self._file.read())
        if self._replaced():
            self.close()
            self._file = self._opened()

    def close(self) -> None:
        if self._file:
            self._file.close()

    def _show(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._print(line)

    def _print(self, line: str) -> None:
        # What an engine prints may quote what users sent: it must not move the cursor.
        for part in line.rstrip("\r\n").split("\r")[-1:]:
            print(self._lead + CONTROL.sub("", part))

    def _replaced(self) -> bool:
        try:
            there = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        here = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)

    def _opened(self) -> IO[str] | None:
        try:
            return self._path.open(encoding="utf-8", errors="replace", newline="\n")
        except OSError:
            return None
