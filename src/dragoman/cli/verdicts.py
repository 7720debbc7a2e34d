"""The results of checks for people: a table with its times, what is wrong and the mend, how streams came."""

from collections import Counter
from itertools import groupby
from statistics import median
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from dragoman.verify.outcome import Latency, Outcome, Result
from dragoman.verify.suite import dialect, known

MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.LACKING: ("–", "yellow"),
    Outcome.UNPROVED: ("?", "yellow"),
    Outcome.SKIPPED: ("·", "dim"),
}
BLOCKS = "▁▂▃▄▅▆▇█"
PIECES = 48
"""Columns of the picture of a stream."""
BAR = 10
WIDE = 100
"""Columns from which on what was seen stands in the table too."""


class Progress:
    """What is being tried: a moving line on a terminal, a line per result elsewhere. Use it as a context."""

    def __init__(self, total: int, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, quiet=quiet)
        self._total, self._done, self._now = total, 0, ""
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=self._console, transient=True, refresh_per_second=10, get_renderable=self._render
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.quiet:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, title: str, protocol: str) -> None:
        self._now = f"{title}, {dialect(protocol).TITLE}" if protocol else title

    def done(self, result: Result) -> None:
        self._done += 1
        if not self._console.is_terminal and result.outcome is not Outcome.SKIPPED:
            where = f" ({dialect(result.protocol).TITLE})" if result.protocol else ""
            self._console.print(f"{known()[result.check].title}{where}: {result.outcome}", soft_wrap=True)

    def _render(self) -> Table:
        row = Table.grid(padding=(0, 1))
        count = Text(f"{self._done} of {self._total}", style="dim")
        row.add_row(Text(" "), self._spinner, Text(self._now), count)
        return row


def show(results: list[Result], url: str, seconds: float, console: Console | None = None) -> None:
    """All of it on stdout; `seconds` is how long it took."""
    console = console or Console(highlight=False, markup=False)
    console.print(render(results, url, seconds, console.width))


def render(results: list[Result], url: str, seconds: float, width: int) -> RenderableType:
    """The table, the faults, the streams and the sum."""
    kind = next((r.detail for r in results if r.check == "reachable" and r.outcome is Outcome.PASSED), "")
    head = Text.assemble(("  Verify ", "bold"), url, (f"  {kind}" if kind else "", "dim"))
    parts: list[RenderableType] = [Text(), head, Text(), table(results, width)]
    if said := remarks(results):
        parts += [Text(), *said]
    if streams := [line for result in results if (line := stream(result))]:
        parts += [Text(), *streams]
    return Group(*parts, Text(), summary(results, seconds), Text())


def table(results: list[Result], width: int) -> Table:
    """A row per check that was tried, a column per protocol, and the time as a bar."""
    protocols = list(dict.fromkeys(result.protocol for result in results if result.protocol))
    longest = max((result.seconds for result in results), default=0.0)
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=False)
    made.add_column("    check", no_wrap=True)
    for protocol in protocols:
        made.add_column(dialect(protocol).TITLE, no_wrap=True)
    made.add_column("time", no_wrap=True, min_width=BAR)
    if width >= WIDE:
        made.add_column("seen", no_wrap=True, overflow="ellipsis", style="dim", ratio=1)
        made.expand = True
    for name, grouped in groupby(results, key=lambda result: result.check):
        group = list(grouped)
        if any(result.outcome is not Outcome.SKIPPED for result in group):
            made.add_row(*row(name, group, protocols, longest, width >= WIDE))
    return made


def row(name: str, group: list[Result], protocols: list[str], longest: float, wide: bool) -> list[Text]:
    """One check: its worst mark first, then each protocol's."""
    worst = max((result.outcome for result in group), key=lambda outcome: SEVERITY[outcome])
    mark, style = MARKS[worst]
    cells = [Text.assemble((f"  {mark} ", style), known()[name].title)]
    by_protocol = {result.protocol: result for result in group}
    for protocol in protocols:
        result = by_protocol.get(protocol) or by_protocol.get("")
        cells.append(cell(result) if result else Text())
    cells.append(Text(bar(max(result.seconds for result in group), longest), style="cyan"))
    if wide:
        cells.append(Text(next((r.detail for r in group if r.outcome is Outcome.PASSED), "")))
    return cells


SEVERITY = {
    Outcome.PASSED: 0,
    Outcome.SKIPPED: 1,
    Outcome.LACKING: 2,
    Outcome.UNPROVED: 3,
    Outcome.FAILED: 4,
}


def cell(result: Result) -> Text:
    mark, style = MARKS[result.outcome]
    return Text.assemble((mark, style), (f" {took(result.seconds)}" if result.seconds else "", "dim"))


def took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def bar(seconds: float, longest: float) -> str:
    """Eighths of a column, the longest check as long as the column."""
    eighths = round(BAR * 8 * seconds / longest) if longest else 0
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")


def remarks(results: list[Result]) -> list[RenderableType]:
    """What is to be said of the checks that did not pass; once where both protocols say the same."""
    said: dict[tuple[str, Outcome, str, str], list[str]] = {}
    for result in results:
        if result.outcome not in (Outcome.PASSED, Outcome.SKIPPED):
            same = said.setdefault((result.check, result.outcome, result.detail, result.mend), [])
            same += [dialect(result.protocol).TITLE] if result.protocol else []
    return [*(remark(*key, where) for key, where in said.items()), *skipped(results)]


def skipped(results: list[Result]) -> list[RenderableType]:
    """The checks that were not tried in any protocol, by the reason; the table leaves them out."""
    tried = {result.check for result in results if result.outcome is not Outcome.SKIPPED}
    by_reason: dict[str, list[str]] = {}
    for result in results:
        if result.check not in tried and (title := known()[result.check].title) not in (
            listed := by_reason.setdefault(result.detail, [])
        ):
            listed.append(title)
    mark, style = MARKS[Outcome.SKIPPED]
    return [
        Padding(Text(f"{mark} skipped ({reason}): {', '.join(listed)}", style), (0, 0, 0, 2))
        for reason, listed in by_reason.items()
    ]


def remark(check: str, outcome: Outcome, detail: str, mend: str, protocols: list[str]) -> RenderableType:
    mark, style = MARKS[outcome]
    where = f", {' and '.join(protocols)}" if protocols else ""
    head = Text.assemble((f"{mark} ", style), (f"{known()[check].title}{where}: ", "bold"))
    head.append(outcome.value, style)
    parts: list[RenderableType] = [Padding(head, (0, 0, 0, 2)), Padding(Text(detail), (0, 0, 0, 4))]
    if mend:
        parts.append(Padding(Text.assemble(("Mend: ", "bold"), mend), (0, 0, 0, 4)))
    return Group(*parts)


def stream(result: Result) -> Text | None:
    """How a streamed answer came: the waits between its pieces as a picture, and in figures."""
    if not result.latency:
        return None
    title = f"{known()[result.check].title}, {dialect(result.protocol).TITLE}"
    return Text.assemble(
        (f"  {title:<22} ", "bold"),
        (picture(result.latency), "cyan"),
        (f"\n    {figures(result.latency)}", "dim"),
    )


def picture(latency: Latency) -> str:
    """The first wait and those after it, each as high as it is long beside the longest."""
    waits = [latency.first, *latency.gaps]
    step = -(-len(waits) // PIECES)
    grouped = [max(waits[at : at + step]) for at in range(0, len(waits), step)]
    top = max(grouped) or 1.0
    return "".join(BLOCKS[min(round(wait / top * 7), 7)] for wait in grouped)


def figures(latency: Latency) -> str:
    parts = [f"first piece {took(latency.first)}"]
    if latency.gaps:
        parts.append(f"then every {took(median(latency.gaps))}, at most {took(max(latency.gaps))}")
    if latency.tokens and latency.span > 0.05:
        parts.append(f"{latency.tokens / latency.span:.0f} tokens/s")
    return ", ".join(parts)


def summary(results: list[Result], seconds: float) -> Text:
    """How many came to what."""
    counted = Counter(result.outcome for result in results)
    text = Text("  ")
    for outcome, (mark, style) in MARKS.items():
        if counted[outcome]:
            text.append("  " if len(text) > 2 else "")
            text.append(f"{mark} ", style).append(f"{counted[outcome]} {outcome}")
    return text.append(f"  in {took(seconds)}", "dim")
