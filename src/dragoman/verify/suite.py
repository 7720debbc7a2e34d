"""The checks as one run: which there are, in what order, what each needs, and what came of them.

A check is a module of `checks/` with a CHECK. One that needs another of its protocol is skipped where that
did not pass. Each has a time limit, so that a run ends whatever the endpoint does.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cache

from dragoman import folder
from dragoman.verify import checks, dialects
from dragoman.verify.dialects import Dialect, short
from dragoman.verify.endpoint import Endpoint, Target
from dragoman.verify.outcome import Failed, Latency, NotPassed, Outcome, Result, Seen, Untried
from dragoman.verify.talk import Check, Talk

SERVE = "dragoman serve"
OURS = " (one is there already: `dragoman doctor` says whether it or the engine behind it is at fault)"
"""Behind a mend that puts Dragoman before the engine, where the endpoint is Dragoman."""
OVER = "the {:g} s of a quick run were over"
QUICK_S = 10.0
"""A quick run begins no check so many seconds after the first answer; that one may warm the engine up."""
PROTOCOLS = ("anthropic", "openai")
FIRST = "speaks"
"""The check without which a protocol has no others."""

Report = Callable[[str, str], None]
"""Told the title of a check and its protocol when it begins."""


@cache
def known() -> dict[str, Check]:
    """All checks by their names, in the order of their runs."""
    found: dict[str, Check] = {name: folder.load(checks, name).CHECK for name in folder.names(checks)}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do. `client` is a program to be tried too; `first_s` is how long the first answer of
    all may take, where that is more than usual."""

    protocols: tuple[str, ...] = PROTOCOLS
    quick: bool = False
    client: str = ""
    first_s: float = 0.0

    def checks(self) -> dict[str, Check]:
        return {
            name: check
            for name, check in known().items()
            if (check.quick or not self.quick or check.client) and check.client in ("", self.client)
        }

    def counts(self) -> list[int]:
        """How many results each check has."""
        return [len(self.places(check)) for check in self.checks().values()]

    def places(self, check: Check) -> tuple[str, ...]:
        """The protocols in which a check runs; ("",) for one that has none."""
        if not check.per_protocol:
            return ("",)
        return tuple(protocol for protocol in self.protocols if protocol in check.only or not check.only)


async def verify(target: Target, plan: Plan | None = None, report: Report = lambda *_: None) -> list[Result]:
    """All results of a run, in order."""
    return [result async for result in running(target, plan or Plan(), report)]


async def quick(target: Target, report: Report = lambda *_: None, first_s: float = 0.0) -> list[Result]:
    """The checks that take seconds, for the end of a start."""
    return await verify(target, Plan(quick=True, first_s=first_s), report)


def failed(results: Iterable[Result]) -> bool:
    """Whether the endpoint is not as it must be; what a weak model leaves open does not count."""
    return any(result.outcome is Outcome.FAILED for result in results)


async def running(target: Target, plan: Plan, report: Report = lambda *_: None) -> AsyncIterator[Result]:
    """Each result as it comes."""
    endpoint = Endpoint(target)
    run = Run(endpoint, plan, report)
    try:
        for name, check in plan.checks().items():
            trying = [run.one(name, check, protocol) for protocol in plan.places(check)]
            # One after the other times are truer, both at once they are shorter.
            for result in await asyncio.gather(*trying) if plan.quick else [await each for each in trying]:
                yield result
            if said := run.speaks_nothing(name):
                yield said
                return
    finally:
        endpoint.close()


class Run:
    """One run and what it has come to so far."""

    def __init__(self, endpoint: Endpoint, plan: Plan, report: Report) -> None:
        self._endpoint, self._plan, self._report = endpoint, plan, report
        self._came: dict[tuple[str, str], Outcome] = {}
        self._reasons: dict[tuple[str, str], str] = {}
        self._began = time.monotonic()

    async def one(self, name: str, check: Check, protocol: str) -> Result:
        """A check's result, whatever happens."""
        if why := self._hindered(check, protocol):
            result = Result(name, protocol, Outcome.SKIPPED, why)
            self._reasons[name, protocol] = why
        else:
            self._report(check.title, protocol)
            result = await self._try(name, check, protocol)
        self._came[name, protocol] = result.outcome
        if name == FIRST:
            self._began = time.monotonic()
        return result

    def speaks_nothing(self, name: str) -> Result | None:
        """After the check of the protocols: that there is none is a failure, and the end."""
        asked = [outcome for (check, _), outcome in self._came.items() if check == name == FIRST]
        if not asked or any(outcome is not Outcome.LACKING for outcome in asked):
            return None
        wanted = " nor ".join(f"{dialect(protocol).TITLE}'s" for protocol in self._plan.protocols)
        check = known()[name]
        return Result(name, "", Outcome.FAILED, f"it does not speak {wanted} protocol", check.mend)

    def _hindered(self, check: Check, protocol: str) -> str:
        for need in check.needs:
            for place in (protocol, ""):
                outcome = self._came.get((need, place), Outcome.PASSED)
                if outcome is Outcome.SKIPPED:
                    return self._reasons[need, place]
                if outcome is Outcome.FAILED or (outcome is Outcome.LACKING and need == FIRST):
                    return f"{known()[need].title}: {outcome}"
        return OVER.format(QUICK_S) if self._plan.quick and self._left() < 0 else ""

    def _left(self) -> float:
        """Seconds of a quick run."""
        return self._began + QUICK_S - time.monotonic()

    def _limit(self, name: str, check: Check) -> tuple[float, NotPassed | None]:
        """How long a check may take, and what a longer one comes to, if not to a failure."""
        if name == FIRST:
            return max(check.limit, self._plan.first_s), None
        if check.skill and self._plan.quick and self._left() < check.limit:
            # A model may think for long, and a slow engine is not a broken one.
            return self._left(), Untried(OVER.format(QUICK_S))
        return check.limit, None

    async def _try(self, name: str, check: Check, protocol: str) -> Result:
        limit, late = self._limit(name, check)
        talk = Talk(self._endpoint, dialect(protocol or self._plan.protocols[0]), limit)
        began = time.monotonic()
        outcome, detail, mend = Outcome.PASSED, "", ""
        latency: Latency | None = None
        try:
            seen = await within(limit, check.run(talk), self._endpoint, late)
            detail, latency = seen.detail, seen.latency
        except NotPassed as ending:
            outcome, detail = ending.outcome, str(ending)
            mend = self._mend(ending.mend or check.mend) if outcome is Outcome.FAILED else ""
        except Exception as error:
            outcome, mend = Outcome.FAILED, self._mend(check.mend)
            detail = f"the answer cannot be understood ({type(error).__name__}: {error})"
        seconds = time.monotonic() - began
        return Result(name, protocol, outcome, self._plain(detail), mend, seconds, latency)

    def _mend(self, text: str) -> str:
        there = SERVE in text and self._endpoint.kind.startswith("Dragoman")
        return text + OURS if there else text

    def _plain(self, text: str) -> str:
        """An endpoint's words on one line, without what moves a cursor, and without our key."""
        key = self._endpoint.target.key
        text = text.replace(key, "[the key]") if key else text
        return "".join(char if char.isprintable() else " " for char in short(text, 400))


async def within(
    seconds: float, work: Awaitable[Seen], endpoint: Endpoint, late: NotPassed | None = None
) -> Seen:
    """The work's result. Raises `late` where it takes longer, or Failed with what was waited for."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        doing = endpoint.doing or "it does not answer"
        raise late or Failed(f"not done within {seconds:g} s: {doing}") from None


def dialect(protocol: str) -> Dialect:
    """A protocol from the client's side, by its name."""
    found: Dialect = folder.load(dialects, protocol)
    return found
