"""`dragoman eval tools`: how well a model calls tools, over its engine alone and through the gateway."""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.screen import log_to_stderr

if TYPE_CHECKING:
    from dragoman.evaluation.asking import Endpoint
    from dragoman.evaluation.cases import Case
    from dragoman.evaluation.score import Verdict
    from dragoman.settings import Upstream

app = typer.Typer(no_args_is_help=True, help="Measure what a model can do, with the gateway and without.")


@app.callback()
def evaluate() -> None:
    """A group, so that its one command has a name."""


@app.command()
def tools(  # noqa: PLR0913, PLR0917 - one parameter per option
    url: Annotated[
        str, typer.Option(metavar="URL", help="The engine, asked directly and through a gateway of its own.")
    ] = "http://127.0.0.1:8000",
    upstream_key: Annotated[str, typer.Option(metavar="KEY", help="The key that the engine wants.")] = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="The model. [the first that it lists]")] = "",
    cases: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Cases of your own, one JSON object per line.")
    ] = None,
    bfcl: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Questions in the form of BFCL's single-turn files.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="BFCL's possible answers to these questions.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N cases.")] = None,
    at_once: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Requests at a time.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> int:
    """Ask for tool calls, and say how many were valid and exact, and what was repaired."""
    from dragoman.cli.running import run
    from dragoman.configuration.files import Flags, load
    from dragoman.settings import check_url

    check_url("--url", url)
    log_to_stderr(False, least=logging.ERROR)
    chosen = chosen_cases(cases, bfcl, answers)[:limit]
    engine = load(None, Flags(url, upstream_key), os.environ).upstreams[0]
    return run(compare(engine, model, chosen, at_once, as_json))


def chosen_cases(own: Path | None, bfcl: Path | None, answers: Path | None) -> "list[Case]":
    from dragoman.evaluation import cases

    if own and bfcl:
        raise typer.BadParameter("--cases and --bfcl exclude each other")
    if answers and not bfcl:
        raise typer.BadParameter("--answers belongs to --bfcl")
    if bfcl:
        chosen = cases.read_bfcl(lines(bfcl), lines(answers) if answers else [])
    else:
        chosen = cases.read(lines(own)) if own else cases.own()
    if not chosen:
        raise typer.BadParameter("there are no cases in it")
    return chosen


def lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None


async def compare(
    engine: "Upstream", model: str, cases: "Sequence[Case]", at_once: int, as_json: bool
) -> int:
    """Ask the engine itself, then through a gateway that stands only as long."""
    from dragoman.app import Gateway, serving
    from dragoman.cli.serve import until_listed
    from dragoman.evaluation.asking import Endpoint, first_model
    from dragoman.settings import Settings
    from dragoman.transport.listener import bind, url_of

    root = f"{engine.root}/v1"
    model = model or await first_model(root, engine.key)
    alone = await watched("the engine alone", Endpoint(root, engine.key, model), cases, at_once)
    gateway = Gateway(Settings(upstreams=(engine,)))
    with bind("127.0.0.1", 0) as listener:
        async with serving(gateway, listener):
            await until_listed(gateway, 30)
            through = Endpoint(f"{url_of(listener)}/v1", "", model)
            with_us = await watched("through the gateway", through, cases, at_once)
            repairs = gateway.metrics.repairs()
    (print_json if as_json else print_table)(model, cases, alone, with_us, repairs)
    return 0


async def watched(what: str, endpoint: "Endpoint", cases: "Sequence[Case]", at_once: int) -> "list[Verdict]":
    from rich.console import Console
    from rich.progress import Progress

    from dragoman.evaluation.asking import ask_all

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=len(cases))
        advance: Callable[[], None] = lambda: progress.advance(task)  # noqa: E731
        return await ask_all(endpoint, cases, at_once, advance)


def print_json(
    model: str,
    cases: "Sequence[Case]",
    alone: "Sequence[Verdict]",
    with_us: "Sequence[Verdict]",
    repairs: Mapping[str, int],
) -> None:
    from msgspec import to_builtins

    from dragoman.evaluation.tally import by_kind

    listed = [
        {"id": case.id, "kind": case.kind, "engine": to_builtins(one), "gateway": to_builtins(other)}
        for case, one, other in zip(cases, alone, with_us, strict=True)
    ]
    summary = {"engine": to_builtins(by_kind(cases, alone)), "gateway": to_builtins(by_kind(cases, with_us))}
    print(json.dumps({"model": model, **summary, "repairs": repairs, "cases": listed}, ensure_ascii=False))


def print_table(
    model: str,
    cases: "Sequence[Case]",
    alone: "Sequence[Verdict]",
    with_us: "Sequence[Verdict]",
    repairs: Mapping[str, int],
) -> None:
    from rich.console import Console
    from rich.table import Table

    from dragoman.evaluation.tally import Tally, by_kind

    def cells(tally: Tally) -> list[str]:
        return [
            f"{tally.exact} of {tally.cases}",
            f"{tally.valid} of {tally.calls}",
            str(tally.refused or ""),
        ]

    table = Table(title=f"Tool calls of {model}", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for name in ("engine: exact", "valid calls", "refused", "gateway: exact", "valid calls", "refused"):
        table.add_column(name, justify="right")
    one, other = by_kind(cases, alone), by_kind(cases, with_us)
    for kind in one:
        table.add_row(kind, *cells(one[kind]), *cells(other[kind]))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Repairs by the gateway: {counted(repairs) or 'none'}.")
    for who, verdicts in (("The engine", alone), ("The gateway", with_us)):
        if refused := next((verdict.refused for verdict in verdicts if verdict.refused), ""):
            console.print(f"{who} refused, first: {refused}", markup=False)


def counted(repairs: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(repairs.items()))
