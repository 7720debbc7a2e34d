"""What people see: complaints, log lines, and rows of names and values. No colours where nobody looks."""

import logging
import os
import sys
from collections.abc import Iterable
from typing import TextIO

WIDTH = 13
"""Columns of the names at the left."""


def complain(message: str) -> None:
    """One line on stderr: what is wrong and what to do."""
    print(f"{bold('dragoman:', sys.stderr)} {' '.join(message.split())}", file=sys.stderr, flush=True)


def warn(message: str) -> None:
    """One line on stderr about something that works and yet should be known."""
    complain(f"warning: {message}")


def show(rows: Iterable[tuple[str, str]]) -> None:
    """Names at the left, values at the right; a row without both is an empty line."""
    for name, value in rows:
        print(f"    {bold(name, sys.stdout)}{' ' * (WIDTH - len(name))}{value}".rstrip())
    sys.stdout.flush()


def bold(text: str, stream: TextIO) -> str:
    plain = not text or not stream.isatty() or "NO_COLOR" in os.environ
    return text if plain else f"\x1b[1m{text}\x1b[0m"


class Lines(logging.Handler):
    """Log records as single lines on whatever stderr is at the time; a live display may stand there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except (OSError, ValueError):
            self.handleError(record)


class Sentence(logging.Formatter):
    """Time and message. An exception is its own words on the same line, unless everything was asked for."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(datefmt="%Y-%m-%d %H:%M:%S")
        self._verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        kind = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        line = f"{self.formatTime(record, self.datefmt)} {kind}{record.getMessage()}"
        if self._verbose and record.exc_info:
            return f"{line}\n{self.formatException(record.exc_info)}"
        if record.exc_info and record.exc_info[1]:
            line = f"{line} {record.exc_info[1]!r}"
        return " ".join(line.split())


def log_to_stderr(verbose: bool, least: int = logging.INFO) -> None:
    """From now on the project's own lines are shown, and of the libraries' what is amiss."""
    # No line shows these, nor the place in the source, so that none need be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as Python's logging HOWTO has it
    lines = Lines()
    lines.setFormatter(Sentence(verbose))
    logging.root.handlers = [lines]
    logging.root.setLevel(logging.INFO if verbose else logging.WARNING)
    logging.getLogger("dragoman").setLevel(logging.DEBUG if verbose else least)
