"""`dragoman up`: engine and gateway together, checked before anybody is told to connect."""

import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli import options
from dragoman.cli.pins import pinned
from dragoman.cli.recording import in_background
from dragoman.cli.screen import log_to_stderr
from dragoman.cli.serve import check_settings

if TYPE_CHECKING:
    from dragoman.planning.pins import Pins
    from dragoman.runtime.work import Work
    from dragoman.settings import Settings


@pinned
def up(  # noqa: PLR0913, PLR0917 - one parameter per option
    model: Annotated[
        str,
        typer.Argument(
            metavar="[MODEL]",
            help="A hub's id, a folder, or a usual name; without a GPU a folder, or a tiny model of ours.",
        ),
    ] = "",
    attach: Annotated[
        str, typer.Option(metavar="URL", help="Use this running engine instead of starting one.")
    ] = "",
    gpus: Annotated[
        str, typer.Option(metavar="GPUS", help="Plan for these: 4xH20-96GB. Without: those of this machine.")
    ] = "",
    replicas: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=64, help="So many engines, each on GPUs of its own.")
    ] = None,
    host_list: Annotated[
        str,
        typer.Option(
            metavar="HOST,HOST", help="One engine over these machines, this one first; the others over SSH."
        ),
    ] = "",
    engine_arg: Annotated[
        list[str] | None,
        typer.Option("--engine-arg", metavar="ARG", help="An argument for vllm serve, as it is; repeatable."),
    ] = None,
    start_timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=1, help="How long a start may take. [by the model's size]"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be run, and run nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when it is ready, and leave it running.")
    ] = False,
    host: options.Host = None,
    port: options.Port = None,
    key: options.Key = "",
    key_file: options.KeyFile = None,
    alias: options.Alias = None,
    upstream_key: Annotated[
        str, typer.Option(metavar="KEY", help="The key that the attached engine wants.")
    ] = "",
    verbose: options.Verbose = False,
    pins: "Pins | None" = None,
) -> int:
    """Engine and gateway: planned, set up, started, checked, kept running until Ctrl-C."""
    from dragoman.cli import preparing
    from dragoman.configuration.files import Flags, load
    from dragoman.runtime.remote import hosts
    from dragoman.settings import SettingsError

    if upstream_key and not attach:
        raise SettingsError("--upstream-key belongs to --attach; the engine started here wants none")
    if attach and (model or gpus or engine_arg or replicas or host_list or dry_run or pins != preparing.PINS):
        raise SettingsError(
            "--attach uses an engine that runs: nothing is planned or started, and no option of that applies"
        )
    options.warn_of_open_keys(key=key, upstream_key=upstream_key)
    first = attach or "http://127.0.0.1:1"
    settings = load(None, Flags(first, upstream_key, host, port, key, key_file, alias or ()), os.environ)
    check_settings(settings)
    wanted = preparing.Wanted(
        model,
        gpus,
        pins or preparing.PINS,
        replicas,
        hosts(host_list) if host_list else (),
        tuple(engine_arg or ()),
        start_timeout,
        dry_run,
        shown=not in_background(),
    )
    work = None if attach else preparing.choose(wanted)
    if dry_run and work:
        preparing.dry_run(work)
        return 0
    if work and not yes and not preparing.confirmed(work):
        return 0
    if detach:
        from dragoman.cli.background import detached

        return detached(settings.port)
    return run_here(settings, work, verbose)


def run_here(settings: "Settings", work: "Work | None", verbose: bool) -> int:
    """In this process, until it is told to end."""
    from dragoman.cli.living import Meant, Up
    from dragoman.cli.running import run
    from dragoman.cli.steps import Steps
    from dragoman.transport.listener import bind

    # What the steps show anyway would be said twice.
    log_to_stderr(verbose, logging.WARNING if work is None else logging.ERROR)
    with bind(settings.host, settings.port) as listener, Steps() as steps:
        return run(Up(Meant(for_engines(settings, work), work, verbose), listener, steps).live())


def for_engines(settings: "Settings", work: "Work | None") -> "Settings":
    """The settings with one upstream for each engine that is to be started, each on a port of its own."""
    from msgspec.structs import replace

    from dragoman.runtime.supervisor import free_ports

    if work is None:
        return settings
    upstream = settings.upstreams[0]
    urls = [f"http://127.0.0.1:{port}" for port in free_ports(work.deployment.replicas)]
    return replace(settings, upstreams=tuple(replace(upstream, url=url) for url in urls))
