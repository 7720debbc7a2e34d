"""One engine, kept: started in time, started again when it crashes, given up when that does not help.

Each life is a `supervisor`'s; the decisions are `patience`'s, and those of `Care`. One task owns the state.

    state     what is true                                   goes to
    idle      nothing was started                            starting, ended (stop)
    starting  a life begins                                  ready, starting (changed plan), waiting, ended
    ready     it answered                                    waiting (it crashed), ended (stop)
    waiting   it crashed and is started again in a moment    starting, ended (stop)
    ended     stopped, or given up: then `failure` says why  -

A first start that fails is tried once more, and only with another plan. A crash later changes no plan.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dragoman.engines.vllm import Command
from dragoman.model.deployment import Deployment
from dragoman.model.errors import Busy
from dragoman.progress import Report, silent
from dragoman.runtime import orphans
from dragoman.runtime.crew import Crew, Member
from dragoman.runtime.patience import Restarts
from dragoman.runtime.supervisor import EngineFailed, Supervisor
from dragoman.transport.upstream import Upstream

log = logging.getLogger("dragoman")

HEALTH_EVERY_S = 5.0
SICK = 3
"""So often in a row a ready engine may say that it is dead, before it is ended and started again."""


class Keeping(StrEnum):
    """See the table above."""

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Launch:
    """What is to run: it answers at `url`, writes to `log`, and may take `start_s` until it is ready."""

    command: Command
    url: str
    log: Path
    start_s: float
    plan: Deployment | None = None
    members: tuple[Member, ...] = ()
    """Its parts on other machines."""

    def life(self, mark: str, report: Report) -> "Supervisor | Crew":
        """What runs it once; all of it carries the mark."""
        marked = {orphans.MARK: mark}
        first = Supervisor(self.command.plus(environment=marked), self.url, self.log, report)
        if not self.members:
            return first
        return Crew(first, [member.marked(marked) for member in self.members], report)


@dataclass(frozen=True, slots=True)
class Failure:
    """A life that ended unasked: why, the end of its output, and each process's first error."""

    text: str
    lines: list[str]
    errors: dict[str, str]
    late: bool = False
    """It was ended, because it was not ready in time."""


def unchanged(_launch: Launch, _failure: Failure) -> tuple[Launch, str] | None:
    """Nothing is known that could be changed."""
    return None


def nothing_left() -> list[str]:
    """Nobody looks for what other programs hold."""
    return []


def unheard(_: object) -> None:
    """Told to nobody."""


@dataclass(frozen=True, slots=True)
class Care:
    """How an engine is kept.

    `change` makes another launch of one that failed, and says why; `leftovers` finds what holds GPU memory
    before a restart; `tell` gets sentences, `watch` each change of state.
    """

    change: Callable[[Launch, Failure], tuple[Launch, str] | None] = unchanged
    restarts: Restarts = field(default_factory=Restarts)
    leftovers: Callable[[], list[str]] = nothing_left
    tell: Callable[[str], None] = unheard
    watch: Callable[["Keeper"], None] = unheard
    report: Report = silent


class Keeper:
    """Keeps one engine running; `name` is what sentences call it."""

    def __init__(self, launch: Launch, care: Care, name: str = "the engine") -> None:
        self.launch, self.name = launch, name
        self.mark = orphans.new_mark()
        self.starts = 0
        self.failure: str | None = None
        """Why it was given up."""
        self.last: Failure | None = None
        """How its last life ended, where that was unasked."""
        self._care = care
        self._state = Keeping.IDLE
        self._was_ready = False
        self._life: Supervisor | Crew | None = None
        self._changed, self._asked = asyncio.Event(), asyncio.Event()
        self._owner: asyncio.Task[None] | None = None

    @property
    def state(self) -> Keeping:
        return self._state

    @property
    def pid(self) -> int | None:
        """The server's process, while one runs."""
        return self._life.pid if self._life else None

    def start(self) -> None:
        """Begin, once."""
        if self._owner is None:
            self._become(Keeping.STARTING)
            self._owner = asyncio.create_task(self._own(), name=f"keep {self.name}")

    async def ensure_ready(self) -> None:
        """Return once it is ready. Raises EngineFailed where it was given up or stopped."""
        self.start()
        while self._state not in (Keeping.READY, Keeping.ENDED):
            await self._changed.wait()
        if self._state is Keeping.ENDED:
            raise EngineFailed(self.failure or "The engine was stopped.")

    async def wait(self) -> str | None:
        """Return when it is over; why it was given up, or None where it was stopped."""
        while self._state is not Keeping.ENDED:
            await self._changed.wait()
        return self.failure

    async def stop(self) -> None:
        """End it in order; returns when nothing of it is left."""
        self._asked.set()
        if self._owner is None:
            self._become(Keeping.ENDED)
            return
        if self._life:
            await self._life.stop()
        await self.wait()

    def _become(self, state: Keeping) -> None:
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()
        self._care.watch(self)

    async def _own(self) -> None:
        try:
            self.failure = await self._keep()
        except Exception as error:
            # Whoever waits must learn of it, whatever it was.
            log.exception("The supervision of %s failed by a fault of ours.", self.name)
            self.failure = f"The supervision of {self.name} failed by a fault of ours: {error!r}"
        finally:
            self._become(Keeping.ENDED)

    async def _keep(self) -> str | None:
        """Life after life; why there is no other, where it was not asked to end."""
        crashes: list[float] = []
        retried = False
        while True:
            failure, ran = await self._live()
            await self._clear()
            if self._asked.is_set():
                return None
            self.last = failure
            if not self._was_ready:
                if retried or not self._take_other_plan(failure):
                    return failure.text
                retried = True
                continue
            delay = self._next(crashes, ran)
            if delay is None:
                return f"{failure.text} {self._care.restarts.verdict(len(crashes))}."
            await self._pause(delay, failure)
            if self._asked.is_set():
                return None

    async def _live(self) -> tuple[Failure, float]:
        """One life, and how long it was ready."""
        life = self._life = self.launch.life(self.mark, self._care.report)
        self.starts += 1
        if self.starts > 1:
            self._become(Keeping.STARTING)
        loop, ready, late = asyncio.get_running_loop(), 0.0, False
        began = loop.time()
        try:
            if not self._asked.is_set():
                await life.ensure_ready(self.launch.start_s)
                ready, self._was_ready = loop.time(), True
                self._become(Keeping.READY)
                text = await self._well(life)
            else:
                text = ""
        except Busy:
            text, late = self._late(life, loop.time() - began), True
        except EngineFailed as error:
            text = str(error)
        finally:
            await life.stop()
        return Failure(text, life.last_lines, life.errors, late), loop.time() - ready if ready else 0.0

    async def _well(self, life: Supervisor | Crew) -> str:
        """Until it ends, or says too often that it is dead; why."""
        over, sick = asyncio.create_task(life.wait()), asyncio.create_task(self._sick())
        try:
            await asyncio.wait({over, sick}, return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                return life.failure or ""
            return f"The engine at {self.launch.url} says that it is dead (its log: {life.log_path})"
        finally:
            over.cancel()
            sick.cancel()
            await asyncio.gather(over, sick, return_exceptions=True)

    async def _sick(self) -> None:
        """Return when /health has been 503 so often in a row. Silence is no proof: it may be busy."""
        client, times = Upstream(), 0
        try:
            while times < SICK:
                await asyncio.sleep(HEALTH_EVERY_S)
                with contextlib.suppress(OSError):  # a TimeoutError too
                    async with asyncio.timeout(HEALTH_EVERY_S):
                        status, _ = await client.fetch("GET", f"{self.launch.url}/health", {})
                        times = times + 1 if status == 503 else 0
        finally:
            client.close()

    def _late(self, life: Supervisor | Crew, seconds: float) -> str:
        doing = f"; the last it said of itself: {life.phase}" if life.phase else ""
        reason = f": {life.first_error}" if life.first_error else ""
        return (
            f"The engine was not ready after {seconds:.0f} s{doing}{reason} (its log: {life.log_path}). "
            "Where it is only slow, --start-timeout gives it longer."
        )

    def _take_other_plan(self, failure: Failure) -> bool:
        found = self._care.change(self.launch, failure)
        if found is None:
            return False
        self.launch, why = found
        self._care.tell(f"{self.name} did not start: {failure.text} It is tried once more, {why}")
        return True

    def _next(self, crashes: list[float], ran: float) -> float | None:
        if ran >= self._care.restarts.good_s:
            crashes.clear()
        crashes.append(asyncio.get_running_loop().time())
        return self._care.restarts.delay(crashes, ran)

    async def _pause(self, delay: float, failure: Failure) -> None:
        self._care.tell(f"{self.name} crashed and is started again in {delay:.0f} s: {failure.text}")
        self._become(Keeping.WAITING)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), delay)

    async def _clear(self) -> None:
        """What the last life left behind is ended; what others hold is said."""
        if found := await asyncio.to_thread(orphans.end, self.mark):
            self._care.tell(orphans.sentence(found))
        if not self._asked.is_set():
            for held in await asyncio.to_thread(self._care.leftovers):
                self._care.tell(held)
