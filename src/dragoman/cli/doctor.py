"""`dragoman doctor < vllm.log`: what is wrong in an engine's log or an error text, why, and the mend.

With options, or at a terminal, it examines what runs instead: `cli.examining`.
"""

import json
import sys
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from dragoman.cli.screen import complain
from dragoman.model.errors import DragomanError
from dragoman.model.secret import hide

if TYPE_CHECKING:
    from dragoman.doctor.pasted import Examined
    from dragoman.engines.vllm.causes import Found

NONE, FOUND, CANNOT = 0, 1, 2
WIDEST = 110
INDENT = 12
SHOWN = 240
_HEADS = {"warning": ("worth knowing", "yellow"), "wrapper": ("a consequence", "yellow")}
_WORDINGS = {
    "source": "These words are known from vLLM's source; we have not seen them printed.",
    "reported": "These words are known from users' reports; we have not seen them printed.",
}


class Program(StrEnum):
    """Clients whose settings can be examined."""

    CLAUDE = "claude"


def doctor(  # noqa: PLR0913, PLR0917 - one parameter per option
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="An engine's log, or an error text; - for standard input."),
    ] = None,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Examine a gateway, or an engine. [http://127.0.0.1:4000]")
    ] = "",
    config: Annotated[
        Path | None, typer.Option("--config", "-c", metavar="FILE", help="Examine a configuration.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Examine a client's request that was recorded.")
    ] = None,
    client: Annotated[
        Program | None, typer.Option(help="Examine this client's settings, in files and variables.")
    ] = None,
    key: Annotated[
        str, typer.Option(metavar="KEY", help="The server's key. Better: --key-file, DRAGOMAN_KEY.")
    ] = "",
    key_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file that holds it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> int:
    """Say what is wrong, why, and the mend: in a log or an error text, or in what runs.

    The exit status is 1 where something is wrong that no gateway of ours works around, 0 where nothing is, 2
    where nothing could be examined.
    """
    asked = bool(url or config or request or client)
    if asked and file is not None:
        complain("a log is examined by itself: leave out the options, or FILE")
        return CANNOT
    if asked or (file is None and sys.stdin.isatty()):
        from dragoman.cli.examining import live
        from dragoman.doctor.gathering import Wanted

        return live(Wanted(url, key, config, request, client or ""), key_file, as_json)
    return pasted(file, as_json)


def pasted(file: Path | None, as_json: bool) -> int:
    """What is wrong in a log or an error text."""
    from dragoman.doctor.pasted import examine

    name = "standard input" if file is None or str(file) == "-" else file.name
    if name == "standard input" and sys.stdin.isatty():
        complain("paste the log or the error here, then press Ctrl-D")
    try:
        if file is None or str(file) == "-":
            examined = examine(sys.stdin.buffer)
        else:
            with file.open("rb") as stream:
                examined = examine(stream)
    except (OSError, DragomanError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        complain(f"{name} cannot be read: {reason}")
        return CANNOT
    if as_json:
        print(json.dumps(plain(examined), indent=2, ensure_ascii=False))
    else:
        show(examined, name)
    return FOUND if examined.found else NONE


def plain(examined: "Examined") -> dict[str, Any]:
    """What was found, for programs."""
    return {
        "lines": examined.lines,
        "found": [
            {
                "id": found.cause.id,
                "kind": found.cause.kind,
                "seen": found.cause.seen,
                "line": found.line,
                "process": found.process or None,
                "text": shown(found.text),
                "what": found.cause.what,
                "why": found.cause.why,
                "mend": shown(found.mend),
                "gateway": found.cause.gateway or None,
                "figures": found.figures,
                "first_errors": [shown(text) for text in found.first_errors],
            }
            for found in examined.found
        ],
        "first_errors": [shown(text) for text in examined.first_errors],
    }


def show(examined: "Examined", name: str) -> None:
    """What was found, for people."""
    console = Console(highlight=False, markup=False)
    console.width = min(console.width, WIDEST)
    causes = [found for found in examined.found if found.cause.kind not in ("wrapper", "warning")]
    told = [found for found in examined.found if found.cause.kind != "wrapper" or not causes]
    count = len(told)
    total = f"{examined.lines:,} line{'s' * (examined.lines != 1)}"
    if not count:
        say(console, "", f"{name}, {total}: no known cause.")
        errors(console, examined.first_errors)
        return
    say(console, "", f"{name}, {total}: {count} known cause{'s' * (count != 1)}.")
    for number, found in enumerate(told, 1):
        console.print()
        one(console, number, found)


def one(console: Console, number: int, found: "Found") -> None:
    """One cause."""
    cause = found.cause
    head, style = _HEADS.get(cause.kind, ("", "bold red"))
    say(console, f"{number}", cause.what + (f" ({head})" if head else ""), style)
    say(console, "why", cause.why)
    say(console, "mend", found.mend, "bold")
    if cause.gateway:
        say(console, "gateway", f"Through Dragoman's gateway it does not happen. {cause.gateway}")
    where = f"({found.process}) " if found.process else ""
    say(console, f"line {found.line}", where + found.text[:SHOWN], "dim")
    if cause.seen in _WORDINGS:
        say(console, "", _WORDINGS[cause.seen], "dim")
    errors(console, found.first_errors)


def errors(console: Console, texts: tuple[str, ...]) -> None:
    """The first error of each process, once each."""
    for text in dict.fromkeys(texts):
        say(console, "first error", text[:SHOWN])


def say(console: Console, name: str, text: str, style: str = "") -> None:
    """A name at the left, and a text broken between words only where there is a place."""
    room = max(console.width - INDENT, 30) if name else console.width
    for at, line in enumerate(textwrap.wrap(shown(text), room, break_on_hyphens=False) or [""]):
        left = f"{name if at == 0 else '':>{INDENT - 2}}  " if name else ""
        console.print(Text.assemble(left, (line, style)), soft_wrap=True)


def shown(text: str) -> str:
    """An engine's words, without keys and without what would move the cursor."""
    return hide("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))
