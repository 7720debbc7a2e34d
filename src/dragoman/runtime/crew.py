"""One engine on several machines: its processes start, and end, together.

Number 0 runs here and answers; the others are reached over SSH (`remote`) and answer nothing. There is one
time-out for all of them, and where one ends, all do: vLLM leaves the others waiting for ever. Counterpart:
`keeper`, to whom this is one life like any other.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dragoman.engines.vllm import Command
from dragoman.progress import Report
from dragoman.runtime.remote import over_ssh, why
from dragoman.runtime.supervisor import EngineFailed, Supervisor


@dataclass(frozen=True, slots=True)
class Member:
    """A part of the engine on another machine: what runs there, and where its output goes here."""

    host: str
    command: Command
    log: Path
    ssh: str = "ssh"

    @property
    def python(self) -> str:
        """Its Python over there."""
        return self.command.argv[0]

    def marked(self, variables: Mapping[str, str]) -> "Member":
        """The same with more variables."""
        return replace(self, command=self.command.plus(environment=variables))


class Crew:
    """`first` is the one that answers."""

    def __init__(self, first: Supervisor, members: Sequence[Member], report: Report) -> None:
        self._first = first
        self._members = members
        self._others = [
            Supervisor(over_ssh(member.command, member.host, member.ssh), "", member.log, report)
            for member in members
        ]
        self._failure: str | None = None

    @property
    def pid(self) -> int | None:
        return self._first.pid

    @property
    def log_path(self) -> Path:
        return self._first.log_path

    @property
    def phase(self) -> str:
        return self._first.phase

    @property
    def failure(self) -> str | None:
        return self._failure or self._first.failure

    @property
    def first_error(self) -> str | None:
        return next(filter(None, (one.first_error for one in (self._first, *self._others))), None)

    @property
    def last_lines(self) -> list[str]:
        return [line for one in (*self._others, self._first) for line in one.last_lines]

    @property
    def errors(self) -> dict[str, str]:
        """As a supervisor's, with the machine before the process."""
        found = dict(self._first.errors)
        for member, other in zip(self._members, self._others, strict=True):
            found |= {f"{member.host}:{who}": what for who, what in other.errors.items()}
        return found

    async def ensure_ready(self, timeout: float) -> None:  # noqa: ASYNC109
        """Return once it answers. Raises `Busy` where that takes longer, `EngineFailed` where one ended."""
        for other in self._others:
            await other.start()
        ready = asyncio.create_task(self._first.ensure_ready(timeout))
        ended = asyncio.create_task(self._one_ended())
        try:
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done() and not ready.done():
                raise EngineFailed(await self._blamed())
            await ready
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def wait(self) -> object:
        """Return when one of them is over; all others are ended then."""
        first, ended = asyncio.create_task(self._first.wait()), asyncio.create_task(self._one_ended())
        try:
            await asyncio.wait({first, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not first.done():
                await self._blamed()
        finally:
            for task in (first, ended):
                task.cancel()
            await asyncio.gather(first, ended, return_exceptions=True)
        await self.stop()
        return None

    async def stop(self) -> None:
        """End all at once; return when nothing of them is left here, and the far ends were let go."""
        await asyncio.gather(self._first.stop(), *(other.stop() for other in self._others))

    async def _one_ended(self) -> None:
        waiting = [asyncio.create_task(other.wait()) for other in self._others]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _blamed(self) -> str:
        """Which of the others ended, and why."""
        for member, other in zip(self._members, self._others, strict=True):
            if other.failure is not None:
                said = why(other.code, member.host, member.python) or other.failure
                self._failure = f"The engine's part on {member.host} ended: {said}"
                with contextlib.suppress(EngineFailed):
                    await self.stop()
                break
        return self._failure or "A part of the engine ended."
