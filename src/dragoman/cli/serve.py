"""`dragoman serve`: the gateway alone, before an engine that already runs."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli import options
from dragoman.cli.screen import log_to_stderr, show, warn

if TYPE_CHECKING:
    from dragoman.app import Gateway
    from dragoman.settings import Settings

AT_ONCE_S = 1.0
"""An engine that answers within it is shown with the rest; for a slower one a line comes later."""


def serve(  # noqa: PLR0913, PLR0917 - one parameter per option
    upstream: Annotated[
        str,
        typer.Option(metavar="URL", help="The engine: an OpenAI-compatible address, with or without /v1."),
    ] = "",
    upstream_key: Annotated[str, typer.Option(metavar="KEY", help="The key that the engine wants.")] = "",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A YAML file with settings; options win over it.")
    ] = None,
    host: options.Host = None,
    port: options.Port = None,
    key: options.Key = "",
    key_file: options.KeyFile = None,
    alias: options.Alias = None,
    verbose: options.Verbose = False,
) -> int:
    """The gateway alone, before an engine that already runs."""
    from dragoman.files import Flags, load
    from dragoman.transport.listener import bind

    options.warn_of_open_keys(key=key, upstream_key=upstream_key)
    flags = Flags(upstream, upstream_key, host, port, key, key_file, alias or ())
    settings = load(config, flags, os.environ)
    check_settings(settings)
    with bind(settings.host, settings.port) as listener:
        from dragoman.cli.running import run

        log_to_stderr(verbose)
        return run(_serve(settings, listener))


def check_settings(settings: "Settings") -> None:
    """Refuse what cannot work, and say what should be known, before anything is started."""
    from dragoman.files import remarks
    from dragoman.settings import check

    check(settings)
    for remark in remarks(settings):
        warn(remark)


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
        show(connect.clients(url, settings.key))
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
            while not gateway.pool.models:  # noqa: ASYNC110 - the pool tells nobody
                await asyncio.sleep(0.05)
    return bool(gateway.pool.models)


async def _show_models(gateway: "Gateway") -> None:
    from dragoman.cli import connect

    await until_listed(gateway)
    show(connect.models(gateway.pool.entries()))
