"""One supervised process, such as an engine: started, watched until it answers, ended with all below it.

One task owns the process and its state; everybody else calls `ensure_ready`, `stop` and `wait`.

    state     what is true                            goes to
    idle      nothing was started                     starting (start), stopped (stop)
    starting  the process runs, /health is not 200    ready, failed (it ended), stopping (stop)
    ready     /health was 200 once                    failed (it ended), stopping (stop)
    stopping  SIGTERM was sent; SIGKILL after a while stopped
    stopped   asked for, and nothing is left of it    -
    failed    it ended unasked, or never could start  -

Nothing is started twice: who wants it again makes a new one. The process runs below a leash (`leash`), which
takes it and all its descendants down when this process goes, however it goes.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from dragoman.engines import vllm
from dragoman.engines.vllm import Command, LogNote
from dragoman.model.errors import Busy, Unreachable
from dragoman.places import state_dir
from dragoman.progress import Progress, Report, silent
from dragoman.runtime import leash
from dragoman.runtime.logbook import Logbook
from dragoman.runtime.output import Output
from dragoman.runtime.packages import clean_environment
from dragoman.transport.upstream import Upstream

POLL_S = 0.2
HEALTH_S = 5.0
GRACE_S = 20.0
KILL_S = 10.0


class State(StrEnum):
    """See the table above."""

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class EngineFailed(Unreachable):
    """The process is gone and was not asked to go, or could not be started."""


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in servers]


def progress(note: LogNote) -> Progress:
    """A line of the start for those who watch it."""
    step = "milestone" if note.kind == "milestone" else "engine"
    return Progress(step, note.text, note.done, note.total, "pieces")


class Supervisor:
    """Runs `command`, which answers `GET url/health` with 200 once it is ready; `log` gets its output.

    Without a `url` it answers nothing and is never ready, as a part of an engine that runs on another
    machine; then its standard input stays open as long as this process lives.
    """

    def __init__(
        self,
        command: Command,
        url: str,
        log: Path | None = None,
        report: Report = silent,
        read_line: Callable[[str], LogNote | None] = vllm.read_line,
    ) -> None:
        self.grace_s = GRACE_S
        self.log_path = log or state_dir() / "engine.log"
        self.pid: int | None = None
        self.failure: str | None = None
        self.code: int | None = None
        self._command, self._url = command, url.rstrip("/")
        self._address = urlsplit(url)
        self._log = Logbook(self.log_path, lambda note: report(progress(note)), read_line)
        self._state = State.IDLE
        self._changed = asyncio.Event()
        self._asked = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def last_lines(self) -> list[str]:
        """The end of the output, oldest line first."""
        return self._log.last_lines

    @property
    def phase(self) -> str:
        """What it was last seen doing on its way up."""
        return self._log.phase

    @property
    def errors(self) -> dict[str, str]:
        """The first error of each of its processes that said one."""
        return dict(self._log.errors)

    @property
    def first_error(self) -> str | None:
        """The first error that the output named, an exception's own words before any other."""
        return self._log.first_error

    async def start(self) -> None:
        """Begin, once; returns at once, with the state `starting`."""
        if self._state is State.IDLE:
            self._become(State.STARTING)
            self._owner = asyncio.create_task(self._own(), name=f"supervise {self._url}")

    async def ensure_ready(self, timeout: float) -> None:  # noqa: ASYNC109
        """Return once it is ready. Raises `Busy` where that takes longer, `EngineFailed` where it ended."""
        await self.start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._state is State.STARTING:
                    await self._changed.wait()
        if self._state is State.STARTING:
            phase = f" ({self._log.phase})" if self._log.phase else ""
            raise Busy(f"The engine is still starting{phase}.", retry_after=10)
        if self._state is State.STOPPING:
            raise Busy("The engine is being stopped.")
        if self._state is not State.READY:
            raise EngineFailed(self.failure or "The engine was stopped.")

    async def stop(self) -> None:
        """End it in order, then by force; returns when nothing of it is left. May be called at any time."""
        self._asked.set()
        if self._state is State.IDLE:
            self._become(State.STOPPED)
        await self.wait()

    async def wait(self) -> State:
        """Return when it is over, with the last state: `stopped` or `failed`."""
        while self._state not in (State.STOPPED, State.FAILED):
            await self._changed.wait()
        return self._state

    def _become(self, state: State) -> None:
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def _own(self) -> None:
        last = State.FAILED
        try:
            self.failure = await self._live()
            last = State.STOPPED if self._state is State.STOPPING else State.FAILED
        except OSError as error:
            self.failure = f"The engine could not be started: {error}"
        finally:
            self._log.close()
            self._become(last)

    async def _live(self) -> str | None:
        """From the first moment to the last; why it ended, where it was not asked to."""
        if await self._is_taken():
            return f"Port {self._address.port} is taken by another program: stop it, or choose another port."
        self._log.open()
        output = Output(self._log)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours:
            with theirs:
                process = await self._spawn(theirs.fileno(), output)
            try:
                self.pid = int(await asyncio.get_running_loop().sock_recv(ours, 32) or b"0") or None
                await self._watch(process, ours)
            finally:
                # Also where this task is cancelled: the leash ends when it has killed everything.
                ours.close()
                code = self.code = await process.wait()
                if code < 0:
                    await self._kill_group()
                await output.finish()
        return None if self._state is State.STOPPING else self._why(code)

    async def _spawn(self, leash_end: int, output: "Output") -> asyncio.subprocess.Process:
        # The pipe is our own: asyncio's would keep the process's end unseen while a stray child holds it.
        ours, theirs = os.pipe()
        try:
            await asyncio.get_running_loop().connect_read_pipe(lambda: output, os.fdopen(ours, "rb", 0))
            return await asyncio.create_subprocess_exec(
                *leash.argv(leash_end, self._command.argv),
                stdin=asyncio.subprocess.DEVNULL if self._url else asyncio.subprocess.PIPE,
                stdout=theirs,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=(leash_end,),
                start_new_session=True,
                env=self._environment(),
            )
        finally:
            os.close(theirs)

    async def _watch(self, process: asyncio.subprocess.Process, ours: socket.socket) -> None:
        ended = asyncio.create_task(process.wait())
        healthy = asyncio.create_task(self._healthy())
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({ended, healthy, asked}, return_when=asyncio.FIRST_COMPLETED)
            if healthy.done() and not ended.done() and not asked.done():
                self._become(State.READY)
                await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                self._become(State.STOPPING)
                await self._end(process, ours, ended)
        finally:
            for task in (ended, healthy, asked):
                task.cancel()
            await asyncio.gather(ended, healthy, asked, return_exceptions=True)

    async def _end(
        self, process: asyncio.subprocess.Process, ours: socket.socket, ended: asyncio.Task[int]
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait({ended}, timeout=self.grace_s)
        if not ended.done():
            ours.close()
            await asyncio.wait({ended}, timeout=KILL_S)
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _kill_group(self) -> None:
        """Where the leash itself was killed: the rest of the command's group, until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError, TimeoutError):
            async with asyncio.timeout(KILL_S):
                while self.pid:
                    os.killpg(self.pid, signal.SIGKILL)
                    await asyncio.sleep(0.02)

    async def _healthy(self) -> None:
        if not self._url:
            await asyncio.Event().wait()
        client = Upstream()
        try:
            while True:
                with contextlib.suppress(OSError):  # a TimeoutError too
                    async with asyncio.timeout(HEALTH_S):
                        status, _ = await client.fetch("GET", f"{self._url}/health", {})
                        if status == 200:
                            return
                await asyncio.sleep(POLL_S)
        finally:
            client.close()

    async def _is_taken(self) -> bool:
        """Another server at the address would be taken for ours."""
        if not self._url:
            return False
        try:
            _, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        except OSError:
            return False
        writer.close()
        return True

    def _environment(self) -> dict[str, str]:
        inherited = clean_environment()
        # Compilers that come with the engine's environment are looked up by name.
        own = str(Path(self._command.argv[0]).parent)
        path = os.pathsep.join(filter(None, (own, inherited.get("PATH"))))
        return inherited | {"PATH": path} | dict(self._command.environment)

    def _why(self, code: int | None) -> str:
        if code == 128 + signal.SIGKILL or code == -signal.SIGKILL:
            how = "The engine was killed, perhaps because memory ran out"
        else:
            how = f"The engine ended by itself with exit code {code}"
        reason = f": {self._log.first_error}" if self._log.first_error else "."
        return f"{how}{reason} (its log: {self.log_path})"
