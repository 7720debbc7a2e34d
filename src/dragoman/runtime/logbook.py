"""What a supervised process prints: the last lines in memory, all of it in a file, and what it means.

Fed bytes as they come. The file is the user's own, is kept once more as `NAME.1`, and never grows without
bound. Counterpart: `supervisor`; the meaning of a line comes from `engines`.
"""

import codecs
import contextlib
import os
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dragoman.engines.vllm import LogNote

KEPT_LINES = 400
LONGEST_LINE = 8192
LARGEST_FILE = 16 * 1024 * 1024

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Logbook:
    """`on_note` is told each new phase of the start, and each milestone once.

    `errors` holds the first error of each process that said one, an exception's own words before any other.
    """

    def __init__(
        self, path: Path, on_note: Callable[[LogNote], None], read_line: Callable[[str], LogNote | None]
    ) -> None:
        self.phase = ""
        self.errors: dict[str, str] = {}
        self._path, self._on_note, self._read_line = path, on_note, read_line
        self._passed: set[str] = set()
        self._caused: set[str] = set()
        self._lines = deque[str](maxlen=KEPT_LINES)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._error: str | None = None
        self._cause: str | None = None
        self._file: BinaryIO | None = None
        self._written = 0

    @property
    def last_lines(self) -> list[str]:
        return list(self._lines)

    @property
    def first_error(self) -> str | None:
        """The first exception's own words, else the first line that is marked as an error."""
        return self._cause or self._error

    def open(self) -> None:
        """Begin a new file; the one before it is kept."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", 0)
        self._written = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece of output."""
        self._keep(piece)
        # A carriage return alone redraws a progress bar; each of its states is a line.
        text = self._rest + self._decoder.decode(piece)
        *lines, self._rest = re.split(r"[\r\n]+", text)
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = ""
        for line in lines:
            self._line(line)

    def close(self) -> None:
        """End of the output; a last line without an end counts."""
        self._line(self._rest + self._decoder.decode(b"", final=True))
        self._rest = ""
        if self._file:
            self._file.close()
            self._file = None

    def _line(self, line: str) -> None:
        line = _CONTROL.sub("", line)[:LONGEST_LINE].rstrip()
        if not line:
            return
        self._lines.append(line)
        note = self._read_line(line)
        if note is None:
            return
        if note.kind in ("cause", "error"):
            self._blame(note)
        elif note.kind == "milestone":
            self._pass(note)
        elif note.text != self.phase or note.total:
            self.phase = note.text
            self._on_note(note)

    def _blame(self, note: LogNote) -> None:
        caused = note.kind == "cause"
        if note.worker not in self.errors or (caused and note.worker not in self._caused):
            self.errors[note.worker] = note.text
        if caused:
            self._caused.add(note.worker)
            self._cause = self._cause or note.text
        else:
            self._error = self._error or note.text

    def _pass(self, note: LogNote) -> None:
        """Every worker says it; one time is enough."""
        what = re.sub(r"[\d.,]+", "", note.text)
        if what not in self._passed:
            self._passed.add(what)
            self._on_note(note)

    def _keep(self, piece: bytes) -> None:
        # A full disk must not end what is being watched.
        with contextlib.suppress(OSError):
            if self._written > LARGEST_FILE and self._file:
                self._file.close()
                self.open()
            if self._file:
                self._file.write(piece)
                self._written += len(piece)
