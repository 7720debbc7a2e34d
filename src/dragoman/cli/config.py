"""`dragoman config`: what a configuration file says to us, line by line, in our own form or in LiteLLM's."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from dragoman.configuration.files import Configuration
    from dragoman.configuration.written import Place
    from dragoman.settings import Remark, Settings

app = typer.Typer(no_args_is_help=True, help="Look at configuration files.")

SERVES, SERVES_NOT = 0, 1
STYLES = {"understood": "green", "mended": "cyan", "ignored": "dim", "warning": "yellow", "error": "red"}


@dataclass(frozen=True)
class Finding:
    """`error` says why this file cannot serve; `remarks` stand in the order of their lines."""

    file: Path
    form: str
    remarks: "list[tuple[Place | None, Remark]]"
    settings: "Settings | None" = None
    error: str = ""


@app.callback()
def config() -> None:
    """Look at configuration files."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="In our own form, or LiteLLM's.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> int:
    """Say line by line what is understood; the exit status is 0 if the gateway can serve with it."""
    found = examine(file)
    if as_json:
        print(json.dumps(as_values(found), indent=2))
    else:
        show(found)
    return SERVES_NOT if found.error else SERVES


def examine(file: Path) -> Finding:
    """Read it as `serve` would, the environment included."""
    from dragoman.configuration.files import OWN, Flags, load_remarked
    from dragoman.settings import Remark, SettingsError, check

    try:
        loaded = load_remarked(file, Flags(), os.environ)
    except SettingsError as error:
        said = str(error).removeprefix(f"{file}: ")
        path, place = place_of(file, said)
        text = said.removeprefix(path).removeprefix(": ") if path else said
        return Finding(file, OWN, [(place, Remark(path or str(file), "error", text))], error=said)
    wrong = ""
    try:
        check(loaded.settings)
    except SettingsError as refused:
        wrong = str(refused)
    return Finding(file, loaded.form, in_order(loaded), loaded.settings, wrong)


def in_order(loaded: "Configuration") -> "list[tuple[Place | None, Remark]]":
    """By line; the files in the order in which they were read, variables last."""
    files = list(dict.fromkeys(place.file for place in loaded.places.values()))
    placed = [(loaded.place(remark.path), remark) for remark in loaded.remarks]
    return sorted(
        placed, key=lambda pair: (files.index(pair[0].file), pair[0].line) if pair[0] else (len(files), 0)
    )


def place_of(file: Path, said: str) -> "tuple[str, Place | None]":
    """Path and place of what an error is about."""
    from dragoman.configuration.written import read
    from dragoman.settings import SettingsError

    try:
        places = read(file).places
    except SettingsError:
        return "", None
    for path in sorted(places, key=len, reverse=True):
        for form in (path, path.replace(".", ": ")):
            if said.startswith(f"{form}: "):
                return form, places[path]
    return "", None


def as_values(found: Finding) -> dict[str, Any]:
    """For programs; secrets are in none of it."""
    return {
        "file": str(found.file),
        "form": found.form,
        "can_serve": not found.error,
        "error": found.error or None,
        "models": models(found.settings) if found.settings else [],
        "remarks": [
            {
                "file": str(place.file) if place else None,
                "line": place.line if place else None,
                "path": remark.path,
                "level": remark.level,
                "text": remark.text,
            }
            for place, remark in found.remarks
        ],
    }


def models(settings: "Settings") -> list[str]:
    """Names that clients may use as far as the file alone says them."""
    own = [upstream.name or upstream.model for upstream in settings.upstreams]
    return list(dict.fromkeys(name for name in [*own, *settings.aliases] if name))


def show(found: Finding) -> None:
    from rich.console import Console
    from rich.text import Text

    from dragoman.configuration.written import shown

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(table(found))
    console.print()
    if found.error:
        console.print(Text.assemble(("It cannot serve: ", "bold red"), shown(found.error)))
        return
    settings = found.settings
    names = ", ".join(models(settings)) if settings else ""
    console.print(
        Text.assemble(("It can serve", "bold green"), f" {shown(names) or 'all that the engine lists'}")
    )


def table(found: Finding) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from dragoman.configuration.written import shown

    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(justify="right", no_wrap=True, style="dim")
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for place, remark in found.remarks:
        line = "" if place is None else str(place.line)
        if place is not None and place.file.name != found.file.name:
            line = f"{place.file.name}:{place.line}"
        level = Text(remark.level, style=STYLES[remark.level])
        rows.add_row(
            shown(line), level, Text.assemble((shown(remark.path), "bold"), f"  {shown(remark.text)}")
        )
    return rows
