"""`dragoman plan --judge FILE`: a start script of vLLM, judged line by line, and the mended one."""

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from dragoman.model.errors import DragomanError
from dragoman.model.secret import hide

if TYPE_CHECKING:
    from dragoman.planning.judge.finding import Finding, Judgement, Verdict

LARGEST = 1 << 20
WIDEST = 110
INDENT = 15
FAULTY = 1

_COLOURS: "dict[Verdict, str]" = {
    "wrong": "bold red",
    "outdated": "yellow",
    "risky": "yellow",
    "missing": "magenta",
    "right": "green",
}
"""In the order in which they are counted."""


class Unreadable(DragomanError):
    """The file is not there, or is no text."""


def judge(file: Path, as_json: bool = False) -> int:
    """Print what is right, wrong, outdated, risky and missing; the status is 1 where not all is right."""
    from dragoman import folder
    from dragoman.planning.judge.case import Knowledge
    from dragoman.planning.judge.judging import judge as judged

    name = "standard input" if str(file) == "-" else file.name
    found = judged(text_of(file), name, Knowledge(folder.profiles(), folder.models()))
    if as_json:
        print(json.dumps(plain(found, name), indent=2, ensure_ascii=False))
    else:
        show(found, name)
    return 0 if found.faultless else FAULTY


def text_of(file: Path) -> str:
    """The text of a file, or of standard input for `-`. Raises Unreadable."""
    name = "standard input" if str(file) == "-" else str(file)
    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if str(file) == "-" else _read(file)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror or error}") from None
    if len(raw) > LARGEST:
        raise Unreadable(f"{name} is larger than {LARGEST >> 20} MB, and so no start script")
    text = _decoded(raw)
    if text is None:
        raise Unreadable(f"{name} is not text")
    return text


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(LARGEST + 1)


def _decoded(raw: bytes) -> str | None:
    """Windows' editors and redirections also write UTF-16, and GB 18030 in China."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def plain(found: "Judgement", name: str) -> dict[str, Any]:
    """The judgement for programs."""
    lines = found.script.text.split("\n")
    return {
        "file": name,
        "shell": found.script.shell,
        "right": found.faultless,
        "starts": found.starts,
        "findings": [
            {
                "line": finding.line or None,
                "text": hide(lines[finding.line - 1].strip()) if finding.line else None,
                "verdict": finding.verdict,
                "stops": finding.stops,
                "rule": finding.rule,
                "says": hide(finding.says),
            }
            for finding in found.findings
        ],
        "mended": found.mended,
    }


def show(found: "Judgement", name: str) -> None:
    """The judgement for people."""
    console = Console(highlight=False, markup=False)
    console.width = min(console.width, WIDEST)
    kind = {"sh": "a shell script", "powershell": "a PowerShell script"}[found.script.shell]
    starts = {0: "no start of vLLM", 1: "one start of vLLM"}.get(
        found.starts, f"{found.starts} starts of vLLM"
    )
    console.print(f"{name}: {kind}, {starts}\n")
    lines = found.script.text.split("\n")
    last = -1
    for finding in found.findings:
        if finding.line != last:
            last = finding.line
            shown = hide(_printable(lines[last - 1].rstrip().expandtabs(4))) if last else "Not there at all:"
            console.print(Text(f"{last or '':>4}  {shown}", "bold"), soft_wrap=True)
        _say(console, finding)
    console.print()
    console.print("\n".join(textwrap.wrap(summary(found), console.width)))
    if not found.faultless:
        console.print(Text("\nThe mended script:\n", "bold"))
        console.out(_printable(found.mended).rstrip(), highlight=False)


def _say(console: Console, finding: "Finding") -> None:
    """The verdict, and behind it the reason, broken between words only."""
    room = max(console.width - INDENT, 30)
    says = textwrap.wrap(hide(_printable(finding.says)), room, break_long_words=False, break_on_hyphens=False)
    for at, line in enumerate(says):
        verdict = f"{finding.verdict if at == 0 else '':<9}".rjust(INDENT)
        console.print(Text.assemble((verdict, _COLOURS[finding.verdict]), line), soft_wrap=True)


def summary(found: "Judgement") -> str:
    """How many of each, and what they come to."""
    counted = ", ".join(f"{found.counts[v]} {v}" for v in _COLOURS if found.counts.get(v))
    stops = sum(finding.stops for finding in found.findings)
    if found.faultless:
        return f"{counted}: nothing to mend."
    if stops:
        return f"{counted}. As it is, it does not work: {stops} of these stop{'s' * (stops == 1)} it."
    return f"{counted}."


def _printable(text: str) -> str:
    """Without what would move the cursor or colour the screen."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
