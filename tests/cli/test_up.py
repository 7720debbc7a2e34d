"""`dragoman up`: before a scripted engine, and with the real one, from the start to a violent end."""

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
        assert "✓ Answer       3 tokens, streamed through the gateway" in running.stderr
        assert "anthropic/scripted, 32,768 tokens" in running.stdout
        assert "scripted, because" not in running.stderr
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


def test_an_engine_that_fails_the_check_is_said(engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.always(refuses(400, "this model cannot chat"))
    with Program(tmp_path, "up", "--attach", engine.url, "--port", "0") as running:
        assert running.finish() == 1
        last = running.stderr.splitlines()[-1]
        assert re.fullmatch("dragoman: .*answered 400: .*this model cannot chat.*", last)
        assert "Traceback" not in running.stderr


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refusal(dragoman(tmp_path, "up", "--port", port, DRAGOMAN_DATA_DIR=str(tmp_path / "data")))
    assert f"port {port} on 127.0.0.1 is taken" in said
    assert not (tmp_path / "data").exists()


def test_a_key_for_an_engine_of_ours_is_refused(tmp_path: Path) -> None:
    assert "--upstream-key belongs to --attach" in refusal(dragoman(tmp_path, "up", "--upstream-key", "x"))


@pytest.mark.engine
def test_the_real_engine_is_checked_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with Program(tmp_path, "up", "--port", "0") as running:
        running.wait_for("clients are asked to wait", INSTALL_S)
        opened = re.search(r"open on (http://\S+);", running.stderr)
        assert opened
        with httpx2.Client(trust_env=False) as http:
            body = {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
            assert http.post(f"{opened[1]}/v1/messages", json=body).status_code == 529
        running.wait_for("Ctrl-C ends gateway and engine", READY_S)
        family = leash.descendants(running.process.pid)
        assert len(family) >= 3
        assert '-> get_weather({"location": "Hangzhou"})' in running.stderr
        assert "The text of this call was scripted, because the model's weights are random." in running.stderr
        assert "anthropic/dragoman-tiny, 65,536 tokens" in running.stdout
        assert running.end(signal.SIGINT, 60) == 130
        assert "Traceback" not in running.stderr
        none_left(family)


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


HELLO = {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}


def kind(pid: int) -> str:
    """vLLM's own process, its engine core, or another; not the leash that holds them."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    if any(word.endswith(b"leash.py") for word in words):
        return ""
    if b"vllm.entrypoints.cli.main" in words:
        return "server"
    return "core" if words[0].startswith(b"VLLM::EngineCore") else ""
