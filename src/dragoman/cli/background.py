"""`dragoman up --detach`: the same command in a session of its own, watched until it is ready."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from dragoman.cli.recording import READY
from dragoman.cli.screen import complain, show
from dragoman.model.errors import DragomanError

EVERY_S = 0.2
WITHOUT = ("--detach", "-d")


class NotInBackground(DragomanError):
    """It cannot be left running."""


def detached(port: int) -> int:
    """Start this very command again without --detach; what it prints is shown until it is ready."""
    from dragoman.runtime import record

    if port == 0:
        raise NotInBackground(
            "--detach needs a --port that is known: with 0 nobody could find the gateway again"
        )
    if (there := record.read(port)) and there.alive:
        raise NotInBackground(
            f"a gateway of process {there.pid} runs on port {port} already; "
            f"`dragoman stop --port {port}` ends it"
        )
    log = record.log_of_gateway(port)
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_name(log.name + ".1"))
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as ready:
        with os.fdopen(writing, "wb", 0):
            process = start(log, writing)
        with log.open(encoding="utf-8", errors="replace") as shown:
            try:
                well = follow(process, ready, shown)
            except KeyboardInterrupt:
                process.send_signal(signal.SIGTERM)
                process.wait()
                raise
    if not well:
        return process.wait() or 1
    show([("Background", f"process {process.pid}, log in {log}"), ("", words(port)), ("", "")])
    return 0


def start(log: Path, writing: int) -> "subprocess.Popen[bytes]":
    """The command in a session of its own: the end of this terminal is not its end."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    with os.fdopen(out, "wb", 0) as file:
        return subprocess.Popen(
            [sys.executable, "-m", "dragoman", *without_detach(sys.argv[1:]), "--yes"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(writing,),
            env={**os.environ, READY: str(writing)},
        )


def without_detach(arguments: Sequence[str]) -> list[str]:
    """The arguments as they were given; a value that only looks like the option stays."""
    return [
        word
        for before, word in zip(["", *arguments], arguments, strict=False)
        if word not in WITHOUT or before == "--engine-arg"
    ]


def follow(process: "subprocess.Popen[bytes]", ready: IO[bytes], shown: IO[str]) -> bool:
    """Show what it prints until it says that it is ready (True) or has ended (False)."""
    while True:
        found, _, _ = select.select([ready], [], [], EVERY_S)
        sys.stderr.write(shown.read())
        sys.stderr.flush()
        if found:
            well = ready.read(16).startswith(b"ready")
            if not well:
                process.wait()
            sys.stderr.write(shown.read())
            if not well and process.returncode and process.returncode < 0:
                complain(f"it was ended by signal {-process.returncode}")
            return well


def words(port: int) -> str:
    from dragoman.settings import PORT

    where = "" if port == PORT else f" --port {port}"
    return f"`dragoman logs -f{where}` shows what the engine prints, `dragoman stop{where}` ends it"
