"""Progress of long work: one line that moves on a terminal, a line per event elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from dragoman.cli.screen import WIDTH
from dragoman.progress import Progress

WORDS = {
    "environment": "making an environment",
    "pip": "preparing pip",
    "resolve": "looking up {}",
    "download": "downloading {}",
    "install": "installing {}",
    "mend": "mending what the packages need",
    "check": "checking that it loads",
    "wait": "waiting: {}",
    "done": "{}",
    "engine": "{}",
    "milestone": "{}",
}
SLOW_S = 2.0
"""What takes longer shows its seconds."""


def words(progress: Progress) -> str:
    """A progress as people read it."""
    return WORDS.get(progress.step, f"{progress.step} {{}}").format(progress.detail).strip()


def amount(progress: Progress) -> str:
    """How much of it is done, where that is known."""
    if progress.done is None or not progress.total:
        return ""
    if progress.unit == "pieces":
        return f"{progress.done} of {progress.total}"
    return f"{decimal(progress.done)} of {decimal(progress.total)}" if progress.done else ""


class Steps:
    """One step after another: `begin`, any number of `report`, `done`. Use it as a context."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._spinner = Spinner("dots", style="cyan")
        self._name, self._now, self._began = "", Progress(""), 0.0
        self._told: str | None = None
        self._live = Live(
            console=self._console, transient=True, refresh_per_second=10, get_renderable=self._render
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """The moving line is gone; what was done stays."""
        self._name = ""
        self._live.stop()

    def begin(self, name: str, detail: str = "") -> None:
        """A step starts; `name` stands at the left."""
        self._name, self._began = name, time.monotonic()
        self._now, self._told = Progress("engine", detail), None
        self._tell()

    def report(self, progress: Progress) -> None:
        """What the step is doing; a milestone stays."""
        if progress.step == "milestone":
            self._console.print(Text(" " * (WIDTH + 4) + words(progress), style="dim"))
            return
        self._now = progress
        self._tell()

    def done(self, detail: str, note: str = "") -> None:
        """It is done; the line stays, and the note below it."""
        name, self._name = self._name, ""
        line = Text.assemble(("  ✓ ", "green"), (name.ljust(WIDTH), "bold"), detail)
        self._console.print(line)
        for part in filter(None, note.split("\n")):
            self._console.print(Text(" " * (WIDTH + 4) + part, style="dim"))

    def _tell(self) -> None:
        """Without a terminal: a line for each new thing. The names that pip looks up are too many."""
        text = words(self._now)
        known = self._now.step == "resolve" or text in ("", self._told)
        if not self._console.is_terminal and not known:
            self._told = text
            self._console.print(Text(f"    {self._name.ljust(WIDTH)}{text}"))

    def _render(self) -> Table | Text:
        if not self._name:
            return Text()
        now, seconds = self._now, time.monotonic() - self._began
        row = Table.grid(padding=(0, 1))
        row.add_column(width=3, justify="right")
        row.add_column(width=WIDTH - 1)
        row.add_column(no_wrap=True, overflow="ellipsis")
        bar: list[ProgressBar | Text] = []
        if now.done is not None and now.total:
            row.add_column(width=20)
            bar = [ProgressBar(now.total, now.done, width=20)]
        row.add_column(no_wrap=True, min_width=6, justify="right")
        size = amount(now)
        took = f"{seconds:.0f} s" if seconds >= SLOW_S else ""
        right = Text("  ".join(filter(None, (size, took))), style="dim")
        row.add_row(self._spinner, Text(self._name, style="bold"), Text(words(now)), *bar, right)
        return row
