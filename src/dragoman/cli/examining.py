"""The live part of `dragoman doctor`: a gateway, an engine, a client's settings, a recorded request."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from dragoman.cli import options
from dragoman.cli.doctor import CANNOT, FOUND, NONE, WIDEST, say, shown
from dragoman.cli.screen import complain
from dragoman.settings import SettingsError, check_url

if TYPE_CHECKING:
    from dragoman.doctor.check import Finding
    from dragoman.doctor.gathering import Wanted
    from dragoman.doctor.seen import Engine, Seen


def live(wanted: "Wanted", key_file: Path | None, as_json: bool) -> int:
    """Examine and tell; the exit status is 1 where something is wrong that the gateway does not mend."""
    from dataclasses import replace

    from dragoman.cli.running import loop_factory
    from dragoman.doctor.examining import judge
    from dragoman.doctor.gathering import Place, gather

    try:
        url = wanted.url.rstrip("/").removesuffix("/v1")
        if url:
            check_url("--url", url)
        wanted = replace(wanted, url=url, key=key_of(wanted.key, key_file))
        place = Place(os.environ, Path.home(), Path.cwd())
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            seen = runner.run(gather(wanted, place))
    except (OSError, SettingsError) as error:
        words = f"{error.filename} cannot be read: {error.strerror}" if isinstance(error, OSError) else error
        complain(shown(str(words)))
        return CANNOT
    findings = judge(seen)
    if as_json:
        print(json.dumps(plain(seen, findings), indent=2, ensure_ascii=False))
    else:
        tell(seen, findings)
    return FOUND if any(found.matters for found in findings) else NONE


def key_of(key: str, key_file: Path | None) -> str:
    """The server's key. Raises SettingsError, or OSError for a file that cannot be read."""
    from dragoman.configuration.files import read_key

    if key and key_file:
        raise SettingsError("--key and --key-file are both given; one key is enough")
    found = read_key(key_file) if key_file else options.key_of_client(key)
    if not found.isprintable():
        raise SettingsError("the key holds a line break or another character that no header can carry")
    return found


def plain(seen: "Seen", findings: "list[Finding]") -> dict[str, Any]:
    """What was found, for programs."""
    return {
        "ok": not any(found.matters for found in findings),
        "examined": [shown(text) for text in examined(seen)],
        "findings": [
            {
                "check": found.check,
                "level": found.level,
                "place": shown(found.place),
                "what": shown(found.what),
                "why": shown(found.why),
                "mend": shown(found.mend),
                "gateway": shown(found.gateway) or None,
                "worked_around": found.worked_around,
            }
            for found in findings
        ],
    }


def tell(seen: "Seen", findings: "list[Finding]") -> None:
    """What was found, for people."""
    console = Console(highlight=False, markup=False)
    console.width = min(console.width, WIDEST)
    for number, text in enumerate(examined(seen)):
        say(console, "examined" if number == 0 else " ", text, "dim")
    console.print()
    say(console, "", summary(findings))
    for number, found in enumerate(findings, 1):
        console.print()
        one(console, number, found)


def summary(findings: "list[Finding]") -> str:
    """How much was found of each kind."""
    matter = sum(found.matters for found in findings)
    around = sum(found.worked_around and found.level == "wrong" for found in findings)
    notes = len(findings) - matter - around
    parts = [f"{matter} wrong" if matter else "Nothing is wrong"]
    parts += [f"{around} worked around by the gateway"] if around else []
    parts += [f"{notes} worth knowing"] if notes else []
    return f"{', '.join(parts)}."


def one(console: Console, number: int, found: "Finding") -> None:
    """One finding."""
    head, style = (
        ("", "bold red")
        if found.matters
        else (" (the gateway works around it)", "cyan")
        if found.worked_around
        else (" (worth knowing)", "yellow")
    )
    say(console, f"{number}", found.what + head, style)
    say(console, "why", found.why)
    say(console, "mend", found.mend, "bold")
    if found.gateway:
        say(console, "gateway", ("" if found.worked_around else "With it in between: ") + found.gateway)


def examined(seen: "Seen") -> list[str]:
    """What was looked at, a line for each."""
    from dragoman.doctor.seen import without_credentials

    lines = []
    if seen.server is not None:
        kinds = {"gateway": seen.server.name, "engine": "an engine", "other": "not known"}
        what = kinds.get(seen.server.kind, "does not answer")
        lines.append(f"{without_credentials(seen.server.url)}: {what}")
    lines += [engine_line(engine) for engine in seen.engines]
    if seen.configured is not None:
        lines.append(f"{seen.configured.file}: a configuration")
    if seen.client is not None:
        files = sorted({setting.place for setting in seen.client.settings.values()})
        lines.append(f"Claude Code's settings, from {', '.join(files) or 'nowhere: there are none'}")
    if seen.request is not None:
        size = f"{seen.request.tokens:,} tokens" if seen.request.tokens else f"{seen.request.size:,} bytes"
        lines.append(f"{seen.request.file}: a request of {size}")
    return lines


def engine_line(engine: "Engine") -> str:
    from dragoman.doctor.seen import without_credentials

    kind = engine.kind or "an engine of unknown kind"
    models = ", ".join(
        f"{model.id}" + (f" ({model.window:,} tokens)" if model.window else "") for model in engine.models[:3]
    )
    state = "" if engine.asked else ", not asked itself"
    return f"{without_credentials(engine.url)}: {kind}{state}" + (f", {models}" if models else "")
