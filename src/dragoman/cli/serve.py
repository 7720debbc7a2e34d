"""`dragoman serve`: the gateway alone, before an engine that already runs."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.cli import litellm, options
from dragoman.cli.screen import complain, log_to_stderr, show, warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dragoman.app import Gateway
    from dragoman.settings import Remark, Settings

AT_ONCE_S = 1.0
"""An engine that answers within it is shown with the rest; for a slower one a line comes later."""

MOST_IGNORED = 8
"""Lines on ignored keys at the start; `dragoman config check` shows all."""


@litellm.taken
def serve(  # noqa: PLR0913, PLR0917 - one parameter per option
    upstream: Annotated[
        str,
        typer.Option(
            "--upstream",
            "--api_base",
            metavar="URL",
            help="The engine: an OpenAI-compatible address, with or without /v1.",
        ),
    ] = "",
    upstream_key: Annotated[str, typer.Option(metavar="KEY", help="The key that the engine wants.")] = "",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="A YAML file with settings, or LiteLLM's file; options win over it.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="ID", help="Serve only this one of the engine's models.")
    ] = "",
    host: options.Host = None,
    port: options.Port = None,
    key: options.Key = "",
    key_file: options.KeyFile = None,
    alias: options.Alias = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "--debug", "--detailed_debug", help="Log everything.")
    ] = False,
    **given: Any,
) -> int:
    """The gateway alone, before an engine that already runs."""
    from dragoman.configuration.files import Flags, load_remarked
    from dragoman.settings import check
    from dragoman.transport.listener import bind

    options.warn_of_open_keys(key=key, upstream_key=upstream_key)
    more = litellm.read(given)
    flags = Flags(
        upstream,
        upstream_key,
        host,
        port,
        key,
        key_file,
        alias or (),
        model,
        more.headers,
        more.defaults,
        more.timeout,
        litellm=bool(model),
    )
    found = load_remarked(config or file_of_variable(upstream or model), flags, os.environ)
    say(found.remarks)
    settings = found.settings
    check(settings)
    if more.only_check:
        return 0
    verbose = verbose or settings.verbose
    with bind(settings.host, settings.port) as listener:
        from dragoman.cli.running import run

        log_to_stderr(verbose)
        return run(_serve(settings, listener))


def check_settings(settings: "Settings") -> None:
    """Refuse what cannot work, and say what should be known, before anything is started."""
    from dragoman.configuration.files import remarks
    from dragoman.settings import check

    check(settings)
    for remark in remarks(settings):
        warn(remark.text)


def file_of_variable(engine: str) -> Path | None:
    """LiteLLM's CONFIG_FILE_PATH, where nothing was given on the command line."""
    file = os.environ.get("CONFIG_FILE_PATH", "")
    return Path(file) if file and not engine else None


def say(remarks: "Iterable[Remark]") -> None:
    """What a configuration's owner should know, one line for each thing."""
    from dragoman.configuration.written import shown

    told: dict[tuple[str, str], list[Remark]] = {}
    for remark in remarks:
        if remark.level != "understood":
            told.setdefault((remark.level, remark.text), []).append(remark)
    ignored = 0
    for same in told.values():
        ignored += same[0].level == "ignored"
        if same[0].level != "ignored" or ignored <= MOST_IGNORED:
            also = f" (and {len(same) - 1} more such)" if len(same) > 1 else ""
            complain(shown(str(same[0])) + also)
    if ignored > MOST_IGNORED:
        complain(f"ignored: {ignored - MOST_IGNORED} more; `dragoman config check FILE` shows them")


async def _serve(settings: "Settings", listener: socket.socket) -> int:
    import asyncio

    from dragoman import __version__
    from dragoman.app import Gateway, serving
    from dragoman.cli import connect
    from dragoman.transport.listener import url_of

    gateway = Gateway(settings)
    async with serving(gateway, listener) as server:
        url = url_of(listener)
        with_engine = await until_listed(gateway, AT_ONCE_S)
        show(connect.head(__version__, url, settings.host))
        engines = ", ".join(upstream.root for upstream in settings.upstreams)
        show([("Engine", engines if with_engine else f"{engines}, which does not answer yet")])
        show(connect.models(gateway.pool.entries()))
        show(connect.clients(url, bool(settings.all_keys)))
        if not with_engine:
            late = asyncio.create_task(_show_models(gateway))
            server.add_done_callback(lambda _: late.cancel())
        await server
    return 0


async def until_listed(gateway: "Gateway", timeout: float | None = None) -> bool:  # noqa: ASYNC109
    """Whether an engine has listed its models; waits for it, as long as that."""
    import asyncio
    import contextlib

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            while not any(replica.reachable for replica in gateway.pool.replicas):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    return any(replica.reachable for replica in gateway.pool.replicas)


async def _show_models(gateway: "Gateway") -> None:
    from dragoman.cli import connect

    await until_listed(gateway)
    show(connect.models(gateway.pool.entries()))
