"""Gateway and engines from their start to their end: what `dragoman up` does once it knows what to run."""

import asyncio
import os
import socket
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dragoman.cli import better, checking
from dragoman.cli.preparing import explained, other_plan, prepare
from dragoman.cli.recording import Recording
from dragoman.cli.screen import log_to_stderr, show, warn
from dragoman.cli.serve import until_listed

if TYPE_CHECKING:
    from dragoman.cli.connect import Row
    from dragoman.cli.steps import Steps
    from dragoman.progress import Progress
    from dragoman.runtime.keeper import Care, Keeper, Launch
    from dragoman.runtime.work import Work
    from dragoman.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meant:
    """What `up` was told: settings of a gateway whose upstreams are the engines to be, in order, and the work
    that starts these; None where they are somebody else's."""

    settings: "Settings"
    work: "Work | None"
    verbose: bool = False


class Up:
    """One run. `live` returns the exit status."""

    def __init__(self, meant: Meant, listener: socket.socket, steps: "Steps") -> None:
        from dragoman.app import Gateway
        from dragoman.transport.listener import url_of

        self._meant, self._settings, self._listener, self._steps = meant, meant.settings, listener, steps
        self._gateway = Gateway(meant.settings)
        self._url = url_of(listener)
        self._port: int = listener.getsockname()[1]
        self._keepers: list[Keeper] = []
        self._recording = Recording(self._url, self._port, meant.work)
        for replica in self._gateway.pool.replicas:
            replica.kept = meant.work is not None

    async def live(self) -> int:
        """Start, check, say how to connect, and stay."""
        from dragoman.app import serving

        async with AsyncExitStack() as stack:
            # Left in the opposite order: answers may end before the engines do, and the record goes last.
            stack.enter_context(self._recording)
            stack.push_async_callback(self._stop)
            server = await stack.enter_async_context(serving(self._gateway, self._listener))
            self._steps.begin("Gateway")
            self._steps.done(f"open on {self._url}; clients are asked to wait")
            if self._meant.work:
                self._keepers = await self._prepared(self._meant.work)
            await self._start()
            checked, choice = await self._unless_all_end(self._check())
            self._steps.close()
            self._tell(checked, choice)
            log_to_stderr(self._meant.verbose)
            self._recording.ready()
            await self._unless_all_end(server)
        return 0

    async def _prepared(self, work: "Work") -> "list[Keeper]":
        from dragoman.cli.aside import aside
        from dragoman.runtime.keeper import Keeper

        made = await aside(lambda: prepare(self._steps, work))
        ports = [int(upstream.root.rpartition(":")[2]) for upstream in self._settings.upstreams]
        several = len(ports) > 1
        keepers = []
        for number, port in enumerate(ports):
            launch = work.launch(made.python, port, self._port, number)
            care = self._care(work, launch, number if several else None)
            keepers.append(Keeper(launch, care, f"engine {number}" if several else "the engine"))
        self._recording.engines(keepers)
        return keepers

    def _care(self, work: "Work", launch: "Launch", number: int | None) -> "Care":
        from dataclasses import replace

        from dragoman.runtime.keeper import Care
        from dragoman.runtime.leftovers import held

        def report(progress: "Progress") -> None:
            lead = "" if number is None else f"engine {number}: "
            self._steps.report(replace(progress, detail=lead + progress.detail))

        return Care(
            change=other_plan(work, launch, self._port, number or 0),
            tell=warn,
            watch=self._watch,
            leftovers=held if work.device == "cuda" else list,
            report=report,
        )

    def _watch(self, keeper: "Keeper") -> None:
        """An engine's state changed."""
        for replica in self._gateway.pool.replicas:
            if replica.upstream.root == keeper.launch.url:
                replica.kept = str(keeper.state) != "ended"
        self._recording.changed()
        if keeper.failure and len(self._keepers) > 1:
            warn(f"{keeper.name} is given up: {keeper.failure}")

    async def _stop(self) -> None:
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers))

    async def _start(self) -> None:
        began = time.monotonic()
        urls = ", ".join(upstream.root for upstream in self._settings.upstreams)
        if self._keepers:
            self._steps.begin("vLLM", "starting")
            await self._first_ready()
        else:
            self._steps.begin("Engine", f"waiting for {urls}")
        await self._unless_all_end(until_listed(self._gateway))
        took = f"ready after {time.monotonic() - began:.0f} s on " if self._keepers else ""
        self._steps.done(f"{took}{urls}")

    async def _first_ready(self) -> None:
        """Every engine is ready or given up, and one at least is ready. Raises EngineFailed."""
        starts = [asyncio.create_task(keeper.ensure_ready()) for keeper in self._keepers]
        watching = asyncio.create_task(self._watch_download())
        try:
            await asyncio.wait(starts)
        finally:
            for task in (*starts, watching):
                task.cancel()
        failed = [start for start in starts if not start.cancelled() and start.exception()]
        if len(failed) == len(starts):
            for keeper in self._keepers:
                if keeper.last:
                    show(explained(keeper.last))
            await failed[0]

    async def _watch_download(self) -> None:
        from dragoman.runtime import downloads

        work = self._meant.work
        if work and not work.here:
            blobs = downloads.blobs_of(work.deployment.model, os.environ)
            await downloads.watch(blobs, work.size, self._steps.report)

    async def _check(self) -> "tuple[checking.Checked, list[Row]]":
        """What the checks came to, and rows on models that may be better than the tiny one."""
        from dragoman.verify.endpoint import Target

        target = Target(self._url, self._settings.key, self._gateway.pool.entries()[0].id)
        check = checking.check(target, self._steps)
        if not (self._meant.work and self._meant.work.tiny):
            return await check, []
        python = Path(self._keepers[0].launch.command.argv[0])
        return await asyncio.gather(check, better.named(python))

    def _tell(self, checked: checking.Checked, choice: "list[Row]") -> None:
        from dragoman import __version__
        from dragoman.cli import connect

        show(checking.show(checked, self._url))
        show(connect.head(__version__, self._url, self._settings.host))
        show(connect.models(self._gateway.pool.entries()))
        for number, upstream in enumerate(self._settings.upstreams):
            where = f", log in {self._keepers[number].launch.log}" if self._keepers else ""
            show(
                [("" if number else "Engines" if len(self._keepers) > 1 else "Engine", upstream.root + where)]
            )
        if self._meant.work:
            from dragoman.cli.learning import told

            show(told([keeper.launch for keeper in self._keepers], self._meant.work))
        show(choice)
        show(connect.clients(self._url, bool(self._settings.all_keys)))
        if not self._recording.background:
            show([("", f"Ctrl-C ends {connect.everything(len(self._keepers))}"), ("", "")])

    async def _unless_all_end(self, work: "Coroutine[None, None, T] | asyncio.Future[T]") -> T:
        """The work's result. Raises EngineFailed where the last engine that was started here ends before."""
        if not self._keepers:
            return await work
        from dragoman.runtime.supervisor import EngineFailed

        task = asyncio.ensure_future(work)
        ended = asyncio.gather(*(keeper.wait() for keeper in self._keepers))
        try:
            both: set[asyncio.Future[Any]] = {task, ended}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise EngineFailed(next(filter(None, ended.result()), "The engine was stopped."))
            return task.result()
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
            if asyncio.iscoroutine(work):
                task.cancel()
