"""Real processes under supervision: small servers that print, fork, crash or ignore signals on command."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from dragoman.engines.vllm import Command
from dragoman.model.errors import Busy
from dragoman.progress import Progress
from dragoman.runtime import leash
from dragoman.runtime.supervisor import EngineFailed, State, Supervisor, free_port

SERVER = """
import http.server, os, signal, subprocess, sys, time
port, *modes = sys.argv[1:]
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
sleep = [sys.executable, "-c", deaf]
print("(APIServer pid=1) INFO 11-20 09:46:01 [utils.py:1] vLLM API server version 0.32.0", flush=True)
if "children" in modes:
    print("pid", subprocess.Popen(sleep).pid, flush=True)
    start = "subprocess.Popen(sys.argv[1:], start_new_session=True)"
    subprocess.run([sys.executable, "-c", f"import subprocess, sys; print('pid', {start}.pid)", *sleep])
if "deaf" in modes:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "crash" in modes:
    print("(EngineCore pid=2) ERROR 11-20 09:46:02 [core.py:1] EngineCore failed to start.", flush=True)
    sys.exit("(EngineCore pid=2) ERROR 11-20 09:46:02 [core.py:1] ValueError: no room for the KV cache")
print("pid", os.getpid(), flush=True)
if "slow" in modes:
    time.sleep(600)

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        if "brief" in modes:
            os._exit(5)
    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(port)), Health).serve_forever()
"""

OWNER = """
import asyncio, sys
from pathlib import Path
from dragoman.engines.vllm import Command
from dragoman.runtime.supervisor import Supervisor

async def main():
    port, server, log = sys.argv[1:]
    command = Command((sys.executable, server, port, "children", "deaf"))
    supervisor = Supervisor(command=command, url=f"http://127.0.0.1:{port}", log=Path(log))
    await supervisor.ensure_ready(30)
    print("ready", supervisor.pid, flush=True)
    await supervisor.wait()

asyncio.run(main())
"""


class Bench:
    """One supervised server in a directory of its own."""

    def __init__(self, path: Path, *modes: str) -> None:
        server = path / "server.py"
        server.write_text(SERVER)
        self.port = free_port()
        self.log = path / "engine.log"
        self.phases: list[Progress] = []
        self.supervisor = Supervisor(
            command=Command((sys.executable, str(server), str(self.port), *modes), {"PYTHONUNBUFFERED": "1"}),
            url=f"http://127.0.0.1:{self.port}",
            log=self.log,
            report=self.phases.append,
        )

    def pids(self) -> list[int]:
        return pids_in(self.log)


def pids_in(log: Path) -> list[int]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith("pid ")]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_until(condition: Callable[[], object], what: str, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def none_left(pids: Iterable[int]) -> None:
    pids = list(pids)
    wait_until(lambda: not any(alive(pid) for pid in pids), f"of {pids} some live on")


async def limited(work: Awaitable[object]) -> None:
    async with asyncio.timeout(60):
        await work


def test_a_server_becomes_ready_and_is_stopped_with_its_children(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "children")
    supervisor = bench.supervisor

    async def life() -> None:
        assert str(supervisor.state) == "idle"
        await supervisor.start()
        assert str(supervisor.state) == "starting"
        await supervisor.ensure_ready(30)
        assert supervisor.state is State.READY
        assert len(bench.pids()) == 3
        assert all(alive(pid) for pid in bench.pids())
        await supervisor.stop()
        # Nothing is waited for here: stop() returns when all are gone, the stray in its own session too.
        assert not any(alive(pid) for pid in bench.pids())
        assert await supervisor.wait() is State.STOPPED

    asyncio.run(limited(life()))
    assert supervisor.failure is None
    assert bench.phases == [Progress("engine", "vLLM 0.32.0 is starting", unit="pieces")]
    assert bench.log.stat().st_mode & 0o077 == 0
    assert supervisor.last_lines == bench.log.read_text().splitlines()


def test_a_server_that_crashes_at_start_fails_with_its_own_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "crash")

    async def life() -> None:
        with pytest.raises(EngineFailed) as caught:
            await bench.supervisor.ensure_ready(30)
        assert "exit code 1: ValueError: no room for the KV cache" in caught.value.message
        assert str(bench.log) in caught.value.message
        await bench.supervisor.stop()

    asyncio.run(limited(life()))
    assert bench.supervisor.state is State.FAILED


def test_a_server_that_ends_when_ready_has_failed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "brief")

    async def life() -> None:
        await bench.supervisor.start()
        assert await bench.supervisor.wait() is State.FAILED

    asyncio.run(limited(life()))
    assert "exit code 5" in (bench.supervisor.failure or "")


def test_a_program_that_is_not_there_fails(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    supervisor = Supervisor(command=Command((str(tmp_path / "none"),)), url=url, log=tmp_path / "log")

    async def life() -> None:
        with pytest.raises(EngineFailed, match="exit code 127"):
            await supervisor.ensure_ready(30)

    asyncio.run(limited(life()))
    assert supervisor.last_lines == [f"{tmp_path / 'none'}: No such file or directory"]


def test_a_taken_port_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with socket.create_server(("127.0.0.1", bench.port)):

        async def life() -> None:
            with pytest.raises(EngineFailed, match=f"Port {bench.port} is taken"):
                await bench.supervisor.ensure_ready(30)

        asyncio.run(limited(life()))
    assert bench.supervisor.pid is None


def test_a_log_that_cannot_be_written_fails_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    url = f"http://127.0.0.1:{free_port()}"
    supervisor = Supervisor(command=Command((sys.executable,)), url=url, log=tmp_path / "file" / "log")

    async def life() -> None:
        with pytest.raises(EngineFailed, match="could not be started"):
            await supervisor.ensure_ready(30)

    asyncio.run(limited(life()))


def test_who_does_not_want_to_wait_is_told_that_it_still_starts(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "slow", "children")

    async def life() -> None:
        with pytest.raises(Busy, match="still starting"):
            await bench.supervisor.ensure_ready(0.3)
        assert bench.supervisor.state is State.STARTING
        await bench.supervisor.stop()
        with pytest.raises(EngineFailed, match="was stopped"):
            await bench.supervisor.ensure_ready(1)

    asyncio.run(limited(life()))
    assert bench.supervisor.state is State.STOPPED
    assert not any(alive(pid) for pid in bench.pids())


def test_a_server_deaf_to_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "deaf", "children")
    bench.supervisor.grace_s = 0.3

    async def life() -> None:
        await bench.supervisor.ensure_ready(30)
        await asyncio.gather(bench.supervisor.stop(), bench.supervisor.stop())

    asyncio.run(limited(life()))
    assert bench.supervisor.state is State.STOPPED
    assert len(bench.pids()) == 3
    assert not any(alive(pid) for pid in bench.pids())


def test_stopping_what_never_started_is_harmless(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    asyncio.run(limited(bench.supervisor.stop()))
    assert bench.supervisor.state is State.STOPPED
    assert not bench.log.exists()


def test_a_loop_that_ends_early_leaves_no_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "children", "deaf")
    asyncio.run(limited(bench.supervisor.ensure_ready(30)))
    assert len(bench.pids()) == 3
    assert not any(alive(pid) for pid in bench.pids())


def test_a_killed_leash_takes_the_group_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "children", "deaf")

    async def life() -> None:
        await bench.supervisor.ensure_ready(30)
        assert bench.supervisor.pid is not None
        os.kill(parent(bench.supervisor.pid), signal.SIGKILL)
        assert await bench.supervisor.wait() is State.FAILED

    asyncio.run(limited(life()))
    child, stray, server = bench.pids()
    none_left([child, server])
    # A session of its own hides it from the group, and the one who would find it was killed.
    os.kill(stray, signal.SIGKILL)


def test_a_killed_owner_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    log = tmp_path / "engine.log"
    arguments = [str(free_port()), str(tmp_path / "server.py"), str(log)]
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, *arguments], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        said, pid = owner.stdout.readline().split()
        assert said == "ready"
        pids = pids_in(log)
        assert len(pids) == 3
        assert int(pid) in pids
        assert all(alive(pid) for pid in pids)
        owner.kill()
    none_left(pids)


REAL_OWNER = """
import asyncio, sys
from pathlib import Path
import uvloop
from dragoman.places import embedded_model
from dragoman.runtime import environment
from dragoman.engines import vllm
from dragoman.runtime.supervisor import Supervisor, free_port

async def main():
    made = environment.ensure()
    port = free_port()
    serve = vllm.command(made.python, embedded_model(), port, "tiny", 2048)
    command = vllm.local_only(vllm.on_cpu(serve))
    supervisor = Supervisor(command=command, url=f"http://127.0.0.1:{port}", log=Path(sys.argv[1]))
    await supervisor.ensure_ready(300)
    print(supervisor.pid, flush=True)
    await supervisor.wait()

uvloop.run(main())
"""


@pytest.mark.engine
@pytest.mark.full
def test_a_killed_owner_takes_a_real_engine_and_its_workers_down(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", REAL_OWNER, str(tmp_path / "engine.log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        family = leash.descendants(parent(server))
        assert server in family
        assert len(family) >= 3
        owner.kill()
    none_left(family)
