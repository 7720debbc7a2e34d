"""`dragoman up`: engine and gateway together, checked before anybody is told to connect."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from dragoman.cli import options
from dragoman.cli.screen import log_to_stderr, show, warn
from dragoman.cli.serve import check_settings, until_listed

if TYPE_CHECKING:
    from dragoman.cli.steps import Steps
    from dragoman.engines.vllm import Command
    from dragoman.runtime.supervisor import Supervisor
    from dragoman.settings import Settings

T = TypeVar("T")

WINDOW = 65_536
EXTRA = ("--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--enable-prompt-tokens-details")
START_S = 600.0
SCRIPTED = (
    "The text of this call was scripted, because the model's weights are random.\n"
    "The engine that wrote it token by token, its parser, the protocol and the gateway are real."
)


def up(  # noqa: PLR0913, PLR0917 - one parameter per option
    attach: Annotated[
        str, typer.Option(metavar="URL", help="Use this running engine instead of starting one.")
    ] = "",
    host: options.Host = None,
    port: options.Port = None,
    key: options.Key = "",
    key_file: options.KeyFile = None,
    alias: options.Alias = None,
    upstream_key: Annotated[
        str, typer.Option(metavar="KEY", help="The key that the attached engine wants.")
    ] = "",
    verbose: options.Verbose = False,
) -> int:
    """Engine and gateway: set up, started, checked, until Ctrl-C."""
    from dragoman.cli.running import run
    from dragoman.configuration.files import Flags, load
    from dragoman.runtime.supervisor import free_port
    from dragoman.settings import SettingsError
    from dragoman.transport.listener import bind

    if upstream_key and not attach:
        raise SettingsError("--upstream-key belongs to --attach; the engine started here wants none")
    options.warn_of_open_keys(key=key, upstream_key=upstream_key)
    upstream = attach or f"http://127.0.0.1:{free_port()}"
    settings = load(None, Flags(upstream, upstream_key, host, port, key, key_file, alias or ()), os.environ)
    check_settings(settings)
    # What the steps show anyway would be said twice.
    log_to_stderr(verbose, logging.WARNING if attach else logging.ERROR)
    with bind(settings.host, settings.port) as listener:
        from dragoman.cli.steps import Steps

        with Steps() as steps:
            command = None if attach else prepare(steps, upstream)
            return run(Up(settings, listener, command, steps, verbose).live())


def prepare(steps: "Steps", url: str) -> "Command":
    """Environment and model, made where they are missing; the command that serves the model at `url`."""
    from dragoman import places
    from dragoman.engines import vllm
    from dragoman.runtime import environment, tiny

    if environment.find_device() == "cuda":
        warn(
            "there is a GPU, but this version does not plan for GPUs yet and runs a tiny model on the CPU; "
            "for work, start an engine yourself and use `dragoman up --attach URL`"
        )
    plan = vllm.installation("cpu")
    steps.begin("Engine", f"{plan.name} {plan.version}")
    found = environment.ensure(steps.report, plan)
    steps.done(f"{plan.name} {found.version} in {environment.folder(plan)}")
    steps.begin("Model", tiny.SERVED_NAME)
    model = tiny.ensure_model(found, steps.report)
    steps.done(f"{tiny.SERVED_NAME}, random weights, made on this machine")
    serve = vllm.command(found.python, model, int(url.rpartition(":")[2]), tiny.SERVED_NAME, WINDOW, EXTRA)
    return vllm.scripted(vllm.local_only(vllm.on_cpu(serve)), places.embedded_dir())


class Up:
    """Gateway and engine from their start to their end; without a command the engine is somebody else's."""

    def __init__(
        self,
        settings: "Settings",
        listener: socket.socket,
        command: "Command | None",
        steps: "Steps",
        verbose: bool,
    ) -> None:
        from dragoman.app import Gateway

        self._settings, self._listener, self._verbose = settings, listener, verbose
        self._engine_url = settings.upstreams[0].root
        self._steps = steps
        self._gateway = Gateway(settings)
        self._command = command
        self._supervisor: Supervisor | None = None

    async def live(self) -> int:
        """Start, check, say how to connect, and stay."""
        from dragoman.app import serving
        from dragoman.transport.listener import url_of

        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(serving(self._gateway, self._listener))
            url = url_of(self._listener)
            self._steps.begin("Gateway")
            self._steps.done(f"open on {url}; clients are asked to wait")
            if self._command:
                self._supervisor = self._supervise(self._command)
                stack.push_async_callback(self._supervisor.stop)
            await self._start()
            await self._unless_engine_ends(self._check(url))
            self._steps.close()
            self._tell(url)
            log_to_stderr(self._verbose)
            await self._unless_engine_ends(server)
        return 0

    def _supervise(self, command: "Command") -> "Supervisor":
        from dragoman.places import state_dir
        from dragoman.runtime.supervisor import Supervisor

        log = state_dir() / f"engine-{self._listener.getsockname()[1]}.log"
        return Supervisor(command=command, url=self._engine_url, log=log, report=self._steps.report)

    async def _start(self) -> None:
        began = time.monotonic()
        if self._supervisor:
            self._steps.begin("vLLM", "starting")
            await self._supervisor.ensure_ready(START_S)
        else:
            self._steps.begin("Engine", f"waiting for {self._engine_url}")
        await self._unless_engine_ends(until_listed(self._gateway))
        took = f"ready after {time.monotonic() - began:.0f} s on " if self._supervisor else ""
        self._steps.done(f"{took}{self._engine_url}")

    async def _check(self, url: str) -> None:
        from dragoman.verify import ready

        target = ready.Target(url, self._settings.key, self._gateway.pool.entries()[0].id)
        self._steps.begin("Answer", "asking for a few words")
        seen = await ready.answer(target)
        self._steps.done(f"{seen.tokens} tokens, streamed through the gateway in {seen.seconds:.1f} s")
        if self._command:
            self._steps.begin("Tool call", ready.QUESTION)
            seen = await ready.tool_call(target)
            self._steps.done(f"{ready.QUESTION} -> {seen.tool}({seen.arguments})", SCRIPTED)

    def _tell(self, url: str) -> None:
        from dragoman import __version__
        from dragoman.cli import connect

        show(connect.head(__version__, url, self._settings.host))
        show(connect.models(self._gateway.pool.entries()))
        log = f", log in {self._supervisor.log_path}" if self._supervisor else ""
        show([("Engine", self._engine_url + log)])
        show(connect.clients(url, bool(self._settings.all_keys)))
        show([("", "Ctrl-C ends " + ("gateway and engine" if self._supervisor else "the gateway")), ("", "")])

    async def _unless_engine_ends(self, work: "Coroutine[None, None, T] | asyncio.Future[T]") -> T:
        """The work's result. Raises EngineFailed where the engine that was started here ends before."""
        if not self._supervisor:
            return await work
        from dragoman.runtime.supervisor import EngineFailed

        task = asyncio.ensure_future(work)
        ended = asyncio.create_task(self._supervisor.wait())
        try:
            await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise EngineFailed(self._supervisor.failure or "The engine was stopped.")
            return task.result()
        finally:
            ended.cancel()
            if asyncio.iscoroutine(work):
                task.cancel()
