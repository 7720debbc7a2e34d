"""Engines kept by the rules, with real processes: retried with another plan, restarted, given up, cleared."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.engines.vllm import Command
from dragoman.model.deployment import Deployment
from dragoman.progress import Progress
from dragoman.runtime import keeper as module
from dragoman.runtime import orphans
from dragoman.runtime.keeper import Care, Failure, Keeper, Keeping, Launch
from dragoman.runtime.patience import Restarts
from dragoman.runtime.supervisor import EngineFailed, free_port
from tests.scripted_process import OUT_OF_MEMORY, STAGES, TOO_LONG, Life, Script

QUICK = Restarts(first_s=0.05, most=3, good_s=60.0)


async def true(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - nothing signals it
        await asyncio.sleep(0.01)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Bench:
    """A keeper of scripted lives, and all that it told."""

    def __init__(self, path: Path, *lives: Life, start_s: float = 30.0, **care: object) -> None:
        self.script = Script(path, *lives)
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.told: list[str] = []
        self.states: list[str] = []
        self.progress: list[Progress] = []
        command = Command(self.script.argv("--port", str(port)), {"PYTHONUNBUFFERED": "1"})
        plan = Deployment("/m", "m", max_model_len=262144)
        given = Care(
            restarts=QUICK,
            tell=self.told.append,
            watch=lambda keeper: self.states.append(str(keeper.state)),
            report=self.progress.append,
        )
        self.keeper = Keeper(
            Launch(command, self.url, path / "engine.log", start_s, plan),
            replace(given, **care),  # type: ignore[arg-type]
        )

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with asyncio.timeout(60):
                try:
                    await story()
                finally:
                    await self.keeper.stop()

        asyncio.run(whole())
        assert not orphans.marked(self.keeper.mark)

    async def until(self, state: Keeping, starts: int) -> None:
        self.keeper.start()
        await true(lambda: self.keeper.state is state and self.keeper.starts >= starts)

    def kill(self) -> None:
        os.kill(self.script.starts()[-1]["pid"], signal.SIGKILL)


def test_it_becomes_ready_tells_each_stage_and_ends_when_asked(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(STAGES, workers=2))

    async def story() -> None:
        await bench.keeper.ensure_ready()
        assert len(orphans.marked(bench.keeper.mark)) == 4  # the leash too
        await bench.keeper.stop()
        assert await bench.keeper.wait() is None

    bench.run(story)
    assert bench.states == ["starting", "ready", "ended"]
    assert bench.told == []
    milestones = [one.detail for one in bench.progress if one.step == "milestone"]
    assert milestones == [
        "weights downloaded in 12.35 s",
        "weights read in 80.41 s",
        "model loaded, 55.12 GiB of each GPU, in 93.12 s",
        "compiled in 41.3 s",
        "KV cache of 294,912 tokens, 1.12 times the window of 262,144",
        "CUDA graphs captured, 0.94 GiB, in 12 s",
        "engine prepared in 121.4 s",
    ]
    assert Progress("engine", "loading weights, shards", 12, 24, "pieces") in bench.progress


def shorter(launch: Launch, failure: Failure) -> tuple[Launch, str] | None:
    """As a rule for the context would."""
    assert launch.plan
    assert any("estimated maximum model length is 196320" in line for line in failure.lines)
    plan = replace(launch.plan, max_model_len=195584)
    command = launch.command.plus("--max-model-len", "195584")
    return replace(launch, plan=plan, command=command), "with a window of 195,584 tokens."


def test_a_failed_start_is_tried_once_more_with_another_plan_that_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(TOO_LONG, "exit"), Life(STAGES), change=shorter)
    bench.run(bench.keeper.ensure_ready)
    assert len(bench.told) == 1
    assert "estimated maximum model length is 196320" in bench.told[0]
    assert bench.told[0].endswith("It is tried once more, with a window of 195,584 tokens.")
    assert [start["argv"][2:] for start in bench.script.starts()] == [[], ["--max-model-len", "195584"]]
    assert bench.keeper.launch.plan
    assert bench.keeper.launch.plan.max_model_len == 195584


def test_a_second_failed_start_is_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(TOO_LONG, "exit"), change=shorter)

    async def story() -> None:
        with pytest.raises(EngineFailed, match="196320"):
            await bench.keeper.ensure_ready()

    bench.run(story)
    assert bench.keeper.starts == 2
    assert bench.states == ["starting", "starting", "ended"]


def test_the_same_plan_is_never_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(OUT_OF_MEMORY, "exit"))

    async def story() -> None:
        with pytest.raises(EngineFailed, match=r"exit code 1: torch\.OutOfMemoryError: CUDA out of memory"):
            await bench.keeper.ensure_ready()

    bench.run(story)
    assert bench.keeper.starts == 1
    assert bench.told == []


def test_a_start_that_takes_too_long_is_ended_with_what_it_did_last(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(STAGES[:6], "stall", workers=1, deaf=False), start_s=1.5)

    async def story() -> None:
        with pytest.raises(EngineFailed, match=r"not ready after [12] s; .*: loading weights, shards"):
            await bench.keeper.ensure_ready()

    bench.run(story)


def test_a_crash_is_answered_by_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(workers=1))

    async def story() -> None:
        await bench.keeper.ensure_ready()
        first = bench.keeper.pid
        bench.kill()
        await bench.until(Keeping.READY, 2)
        assert bench.keeper.pid != first

    bench.run(story)
    assert bench.states == ["starting", "ready", "waiting", "starting", "ready", "ended"]
    assert "crashed and is started again in 0 s: The engine was killed" in bench.told[0]


def test_a_worker_that_dies_takes_the_engine_along_and_both_come_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(workers=2))

    async def story() -> None:
        await bench.keeper.ensure_ready()
        pids = next(
            line.split()[1:]
            for line in bench.keeper.launch.log.read_text().splitlines()
            if line.startswith("pids")
        )
        os.kill(int(pids[1]), signal.SIGKILL)
        await bench.until(Keeping.READY, 2)

    bench.run(story)
    assert "Engine core proc died unexpectedly" in bench.told[0]


def test_too_many_crashes_end_it_with_a_plain_message(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life())

    async def story() -> None:
        for start in (1, 2, 3):
            await bench.until(Keeping.READY, start)
            bench.kill()
        said = await bench.keeper.wait()
        assert said
        assert said.endswith("it crashed 3 times within 30 minutes and is not started again.")

    bench.run(story)
    assert len(bench.script.starts()) == 3


def test_a_restart_that_fails_counts_as_a_crash(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(), Life(OUT_OF_MEMORY, "exit"), change=shorter)

    async def story() -> None:
        await bench.keeper.ensure_ready()
        bench.kill()
        assert "CUDA out of memory" in str(await bench.keeper.wait())

    bench.run(story)
    assert bench.keeper.starts == 3


def test_an_engine_that_says_that_it_is_dead_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEALTH_EVERY_S", 0.05)
    bench = Bench(tmp_path, Life(health_later=503), Life())
    bench.run(lambda: bench.until(Keeping.READY, 2))
    assert "says that it is dead" in bench.told[0]


def test_what_a_killed_leash_left_is_ended_before_the_restart(tmp_path: Path) -> None:
    held = ["GPU 0: 40 GiB are held by process 7 (python), which is not ours"]
    bench = Bench(tmp_path, Life(workers=1), leftovers=lambda: held)

    async def story() -> None:
        await bench.keeper.ensure_ready()
        assert bench.keeper.pid
        os.kill(parent(bench.keeper.pid), signal.SIGKILL)
        await bench.until(Keeping.READY, 2)

    bench.run(story)
    assert "1 process that the engine had left behind was ended" in bench.told[0]
    assert bench.told[1] == held[0]
    assert "crashed and is started again" in bench.told[2]


@pytest.mark.parametrize("when", ["idle", "starting", "waiting"])
def test_it_can_be_stopped_at_any_time(tmp_path: Path, when: str) -> None:
    slow = Restarts(first_s=30)
    bench = Bench(tmp_path, Life(workers=1, log=[] if when == "waiting" else [30.0]), restarts=slow)

    async def story() -> None:
        if when == "waiting":
            await bench.keeper.ensure_ready()
            bench.kill()
            await bench.until(Keeping.WAITING, 1)
        elif when == "starting":
            bench.keeper.start()
            await true(lambda: bool(bench.script.starts()))
        await asyncio.gather(bench.keeper.stop(), bench.keeper.stop())
        assert await bench.keeper.wait() is None

    bench.run(story)
    assert bench.states[-1] == "ended"


def test_a_fault_of_ours_reaches_whoever_waits(tmp_path: Path) -> None:
    def faulty(_launch: Launch, _failure: Failure) -> None:
        raise KeyError("x")

    bench = Bench(tmp_path, Life([], "exit"), change=faulty)

    async def story() -> None:
        with pytest.raises(EngineFailed, match="by a fault of ours: KeyError"):
            await bench.keeper.ensure_ready()

    bench.run(story)
