"""An engine on two machines, with a program in the place of SSH: together from the start to every end."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.engines.vllm import Command
from dragoman.runtime import leash, orphans
from dragoman.runtime.crew import Member
from dragoman.runtime.keeper import Care, Keeper, Keeping, Launch
from dragoman.runtime.patience import Restarts
from dragoman.runtime.supervisor import EngineFailed, free_port
from tests.scripted_process import OUT_OF_MEMORY, STAGES, Life, Script
from tests.stand_in_ssh import install


class Bench:
    def __init__(self, path: Path, *far: Life, near: Life = Life(workers=1), host: str = "127.0.0.2") -> None:  # noqa: B008
        ssh = install(path / "bin") / "ssh"
        self.near, self.far = Script(path / "near", near), Script(path / "far", *far)
        self.told: list[str] = []
        port = str(free_port())
        member = Member(host, Command(self.far.argv()), path / "far.log", str(ssh))
        launch = Launch(
            Command(self.near.argv("--port", port)), f"http://127.0.0.1:{port}", path / "near.log", 30.0
        )
        self.keeper = Keeper(
            replace(launch, members=(member,)),
            Care(restarts=Restarts(first_s=0.05), tell=self.told.append),
        )

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with asyncio.timeout(90):
                try:
                    await story()
                finally:
                    await self.keeper.stop()

        asyncio.run(whole())
        assert not orphans.marked(self.keeper.mark)

    async def ready(self, starts: int = 1) -> None:
        self.keeper.start()
        while self.keeper.state is not Keeping.READY or len(self.far.starts()) < starts:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert self.keeper.starts == starts


FAR = Life(STAGES[:3], "stall", workers=1)


def test_both_start_and_end_together(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FAR)

    async def story() -> None:
        await bench.ready()
        # On each side the leash, the server and its worker.
        while len(orphans.marked(bench.keeper.mark)) < 6:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert bench.far.starts()[0]["environment"][orphans.MARK] == bench.keeper.mark

    bench.run(story)
    assert "Starting to load model" in (tmp_path / "far.log").read_text()


def test_one_that_cannot_start_ends_all_and_is_named(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Life(OUT_OF_MEMORY, "exit"), near=Life([60.0], workers=1))

    async def story() -> None:
        with pytest.raises(EngineFailed, match=r"part on 127\.0\.0\.2 ended: .*CUDA out of memory"):
            await bench.keeper.ensure_ready()

    bench.run(story)
    assert bench.keeper.last
    assert "torch.OutOfMemoryError" in bench.keeper.last.errors["127.0.0.2:Worker_TP1 pid=4"]
    assert any("CUDA out of memory" in line for line in bench.keeper.last.lines)


@pytest.mark.parametrize("victim", ["far", "near", "ssh"])
def test_whichever_dies_later_all_are_started_again(tmp_path: Path, victim: str) -> None:
    bench = Bench(tmp_path, FAR)

    async def story() -> None:
        await bench.ready()
        first = {bench.near.starts()[0]["pid"], bench.far.starts()[0]["pid"]}
        os.kill(ssh() if victim == "ssh" else getattr(bench, victim).starts()[0]["pid"], signal.SIGKILL)
        await bench.ready(2)
        assert not any(alive(pid) for pid in first)

    def ssh() -> int:
        below = leash.descendants(os.getpid())
        return next(pid for pid in below if b"stand_in_ssh" in Path(f"/proc/{pid}/cmdline").read_bytes())

    bench.run(story)
    assert len(bench.told) == 1
    assert "crashed and is started again" in bench.told[0]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_machine_that_is_not_reached_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FAR, near=Life([60.0]), host="b.unreachable")

    async def story() -> None:
        with pytest.raises(EngineFailed, match=r"SSH could not reach b\.unreachable"):
            await bench.keeper.ensure_ready()

    bench.run(story)


def test_a_machine_without_the_engine_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FAR, near=Life([60.0]))
    absent = Command(("/nowhere/bin/python", "-m", "vllm"))
    launch = bench.keeper.launch
    bench.keeper.launch = replace(launch, members=(replace(launch.members[0], command=absent),))

    async def story() -> None:
        with pytest.raises(EngineFailed, match=r"127\.0\.0\.2 has no engine at /nowhere/bin/python"):
            await bench.keeper.ensure_ready()

    bench.run(story)


def test_one_time_out_holds_for_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FAR, near=Life(STAGES[:3], "stall"))
    bench.keeper.launch = replace(bench.keeper.launch, start_s=3.0)

    async def story() -> None:
        with pytest.raises(EngineFailed, match="not ready after"):
            await bench.keeper.ensure_ready()

    bench.run(story)
