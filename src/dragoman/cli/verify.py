"""`dragoman verify [URL]`: what a running endpoint can do, tried from a client's side."""

import asyncio
import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli import options
from dragoman.cli.screen import complain
from dragoman.settings import PORT, SettingsError, check_url

if TYPE_CHECKING:
    from dragoman.verify.endpoint import Target
    from dragoman.verify.outcome import Result
    from dragoman.verify.suite import Plan

PASSED, FAILED, CANNOT = 0, 1, 2


class Protocol(StrEnum):
    """Which of the protocols to try."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    BOTH = "both"


class Program(StrEnum):
    """Clients that can be tried."""

    CLAUDE = "claude"


def verify(  # noqa: PLR0913, PLR0917 - one parameter per option
    url: Annotated[
        str, typer.Argument(metavar="[URL]", help="A gateway or an engine.", show_default=True)
    ] = f"http://127.0.0.1:{PORT}",
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Another model than the first that it lists.")
    ] = "",
    key: Annotated[str, typer.Option(metavar="KEY", help="Its key. Better: --key-file, DRAGOMAN_KEY.")] = "",
    key_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file that holds its key.")] = None,
    protocol: Annotated[Protocol, typer.Option(help="The protocols to try.")] = Protocol.BOTH,
    quick: Annotated[bool, typer.Option("--quick", help="Only what takes seconds.")] = False,
    client: Annotated[
        Program | None, typer.Option(help="Have this program of yours do a short task through it, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results for CI, as JUnit does.")
    ] = None,
) -> int:
    """Check what an endpoint can do; exit status 0 all is well, 1 something failed, 2 cannot run."""
    from dragoman.cli.running import loop_factory
    from dragoman.verify.suite import PROTOCOLS, Plan, failed

    try:
        target = target_of(url, model, key, key_file)
        plan = Plan(PROTOCOLS if protocol is Protocol.BOTH else (protocol.value,), quick, client or "")
        if client:
            from dragoman.verify.claude import find

            find()
    except (SettingsError, OSError) as error:
        complain(f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error))
        return CANNOT
    began = time.monotonic()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        results = runner.run(watched(target, plan, quiet=as_json))
    seconds = time.monotonic() - began
    if junit:
        from dragoman.verify.junit import render

        junit.write_text(render(results, target.url), "utf-8")
    tell(results, target.url, seconds, as_json)
    return FAILED if failed(results) else PASSED


def target_of(url: str, model: str, key: str, key_file: Path | None) -> "Target":
    """Raises SettingsError, or OSError for a file that cannot be read."""
    from dragoman.configuration.files import read_key
    from dragoman.verify.endpoint import Target

    url = url.rstrip("/").removesuffix("/v1")
    check_url("URL", url)
    if key and key_file:
        raise SettingsError("--key and --key-file are both given; one key is enough")
    found = read_key(key_file) if key_file else options.key_of_client(key)
    if any(not char.isprintable() for char in found):
        raise SettingsError("the key holds a line break or another character that no header can carry")
    return Target(url, found, model)


async def watched(target: "Target", plan: "Plan", quiet: bool) -> "list[Result]":
    """The results, with progress on stderr while they are made."""
    from dragoman.cli.verdicts import Progress
    from dragoman.verify.suite import running

    results = []
    with Progress(sum(plan.counts()), quiet) as progress:
        async for result in running(target, plan, progress.begin):
            results.append(result)
            progress.done(result)
    return results


def tell(results: "list[Result]", url: str, seconds: float, as_json: bool) -> None:
    from dragoman.cli.verdicts import show
    from dragoman.verify.suite import failed

    if not as_json:
        show(results, url, seconds)
        return
    from msgspec import to_builtins

    found = {"url": url, "ok": not failed(results), "seconds": seconds, "results": to_builtins(results)}
    print(json.dumps(found, indent=2, ensure_ascii=False))
    sys.stdout.flush()
