"""`dragoman up`: before a scripted engine, and with the real one to a violent end.

Its usual way with the real one is in `tests/test_tiny_model.py`.
"""

import os
import re
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

import httpx2
import pytest

from dragoman.runtime import leash
from dragoman.runtime.supervisor import free_port
from tests.cli.program import Program, dragoman, refusal
from tests.gateway import until
from tests.scripted_engine import ScriptedEngine, refuses
from tests.stand_in_ssh import install

INSTALL_S = 1200.0
READY_S = 300.0


def none_left(pids: Iterable[int]) -> None:
    """Every one of these processes goes away."""
    for pid in pids:
        until(lambda pid=pid: not alive(pid), 30)  # type: ignore[misc]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_attached_it_checks_the_engine_and_says_how_to_connect(
    engine: ScriptedEngine, tmp_path: Path
) -> None:
    with Program(tmp_path, "up", "--attach", f"{engine.url}/v1", "--port", "0") as running:
        url = running.url()
        running.wait_for("Ctrl-C ends the gateway")
        assert "    Checks       streaming" in running.stderr
        assert "✓ streaming      ✓" in running.stdout
        assert "anthropic/scripted, 32,768 tokens" in running.stdout
        with httpx2.Client(trust_env=False) as http:
            assert http.get(f"{url}/health/readiness").status_code == 200
        assert running.end(signal.SIGINT) == 130
        assert "Traceback" not in running.stderr


def test_attached_it_waits_for_an_engine_that_does_not_answer_yet(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with Program(tmp_path, "up", "--attach", nobody, "--port", "0") as running:
        running.wait_for(f"waiting for {nobody}")
        running.wait_for("cannot be reached")
        assert running.end(signal.SIGTERM) == 0
        assert "Traceback" not in running.stderr


def test_an_engine_that_cannot_answer_is_said_and_ends_it(engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.always(refuses(400, "this model cannot chat"))
    with Program(tmp_path, "up", "--attach", engine.url, "--port", "0") as running:
        assert running.finish() == 1
        last = running.stderr.splitlines()[-1]
        assert re.fullmatch("dragoman: the engine cannot answer: .*400: .*this model cannot chat.*", last)
        assert "Traceback" not in running.stderr


def test_what_fails_otherwise_is_said_and_the_gateway_goes_on(engine: ScriptedEngine, tmp_path: Path) -> None:
    # It never calls, not even where it has to.
    with Program(tmp_path, "up", "--attach", engine.url, "--port", "0") as running:
        running.wait_for("Ctrl-C ends the gateway")
        assert "✗ weather" in running.stdout
        assert "warning: not all is well" in running.stderr
        with httpx2.Client(trust_env=False) as http:
            assert http.post(f"{running.url()}/v1/messages", json=HELLO).status_code == 200
        assert running.end(signal.SIGTERM) == 0


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refusal(dragoman(tmp_path, "up", "--port", port, DRAGOMAN_DATA_DIR=str(tmp_path / "data")))
    assert f"port {port} on 127.0.0.1 is taken" in said
    assert not (tmp_path / "data").exists()


def test_a_key_for_an_engine_of_ours_is_refused(tmp_path: Path) -> None:
    assert "--upstream-key belongs to --attach" in refusal(dragoman(tmp_path, "up", "--upstream-key", "x"))


@pytest.mark.engine
def test_killed_it_takes_the_starting_engine_along(tmp_path: Path) -> None:
    with Program(tmp_path, "up", "--port", "0") as running:
        running.wait_for("clients are asked to wait", INSTALL_S)
        until(lambda: len(leash.descendants(running.process.pid)) >= 2)
        family = leash.descendants(running.process.pid)
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
        none_left(family)


@pytest.mark.engine
@pytest.mark.full
@pytest.mark.parametrize("victim", ["server", "core"])
def test_a_real_engine_that_is_killed_comes_back_behind_the_same_gateway(tmp_path: Path, victim: str) -> None:
    with Program(tmp_path, "up", "--port", "0") as running:
        running.wait_for("Ctrl-C ends gateway and engine", INSTALL_S)
        url = running.url()
        family = leash.descendants(running.process.pid)
        os.kill(next(pid for pid in family if kind(pid) == victim), signal.SIGKILL)
        running.wait_for("the engine crashed and is started again in 1 s", 60)
        with httpx2.Client(trust_env=False, timeout=60) as http:
            asked = http.post(f"{url}/v1/messages", json=HELLO)
            assert (asked.status_code, asked.headers["retry-after"]) == (529, "10")
            until(lambda: http.post(f"{url}/v1/messages", json=HELLO).status_code == 200, READY_S)
        none_left(family)
        assert running.end(signal.SIGTERM, 60) == 0


@pytest.mark.engine
@pytest.mark.full
def test_of_two_real_replicas_one_dies_and_the_other_serves(tmp_path: Path) -> None:
    small = {"VLLM_CPU_KVCACHE_SPACE": "1"}
    with Program(tmp_path, "up", "--port", "0", "--replicas", "2", variables=small) as running:
        running.wait_for("Ctrl-C ends gateway and engines", INSTALL_S)
        url = running.url()
        family = leash.descendants(running.process.pid)
        servers = [pid for pid in family if kind(pid) == "server"]
        assert len(servers) == 2
        os.kill(servers[0], signal.SIGKILL)
        with httpx2.Client(trust_env=False, timeout=60) as http:
            assert [http.post(f"{url}/v1/messages", json=HELLO).status_code for _ in range(3)] == [200] * 3
        running.wait_for("crashed and is started again", 60)
        assert alive(servers[1])
        assert running.end(signal.SIGTERM, 60) == 0
        none_left(family)


@pytest.mark.engine
@pytest.mark.full
def test_one_real_engine_on_two_machines(tmp_path: Path) -> None:
    """Both are this one; a program in the place of `ssh` runs the second part in a session of its own."""
    path = f"{install(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "GLOO_SOCKET_IFNAME": "lo", "VLLM_CPU_KVCACHE_SPACE": "1"}
    two = ("--host-list", "127.0.0.1,127.0.0.2")
    with Program(tmp_path, "up", "--port", "0", *two, variables=variables) as running:
        running.wait_for("Ctrl-C ends gateway and engine", INSTALL_S)
        assert "--nnodes" in " ".join(map(words, leash.descendants(running.process.pid)))
        far = [pid for pid in leash.descendants(running.process.pid) if "--headless" in words(pid)]
        family = leash.descendants(running.process.pid)
        os.kill(next(pid for pid in far if kind(pid) == "server"), signal.SIGKILL)
        running.wait_for("part on 127.0.0.2 ended", 60)
        running.wait_for("is started again", 60)
        none_left(family)
        assert running.end(signal.SIGTERM, 60) == 0


def words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


HELLO = {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}


def kind(pid: int) -> str:
    """vLLM's own process, its engine core, or another; not the leash that holds them."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    if words[1:3] == [b"-m", b"vllm.entrypoints.cli.main"]:
        return "server"
    return "core" if words[0].startswith(b"VLLM::EngineCore") else ""
