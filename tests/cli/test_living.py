"""`dragoman up` with a scripted engine: retries, restarts, replicas, and every way to its end."""

import os
import re
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dragoman.runtime import leash, orphans
from tests.cli.installed import Installed
from tests.cli.program import Program
from tests.gateway import until
from tests.scripted_process import OUT_OF_MEMORY, STAGES, TOO_LONG, Life

HELLO = {"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
READY = "Ctrl-C ends gateway and engine"
WAIT_S = 60.0


def up(folder: Path, installed: Installed, *arguments: str) -> Program:
    return Program(folder, "up", "--port", "0", *arguments, variables=installed.variables)


def ask(url: str) -> httpx2.Response:
    with httpx2.Client(trust_env=False, timeout=30) as http:
        return http.post(f"{url}/v1/messages", json=HELLO)


def marks(installed: Installed) -> set[str]:
    return {start["environment"][orphans.MARK] for start in installed.script.starts()}


def nothing_left(installed: Installed) -> None:
    for mark in marks(installed):
        until(lambda mark=mark: not orphans.marked(mark), 30)  # type: ignore[misc]


def test_every_stage_is_shown_with_its_time(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(STAGES))
    with up(tmp_path, installed) as running:
        running.wait_for(READY, WAIT_S)
        assert running.end(signal.SIGINT) == 130
    for line in (
        "    vLLM         loading weights, shards\n",
        "                 weights read in 80.41 s\n",
        "                 compiled in 41.3 s\n",
        "                 KV cache of 294,912 tokens, 1.12 times the window of 262,144\n",
        "                 CUDA graphs captured, 0.94 GiB, in 12 s\n",
    ):
        assert line in running.stderr
    assert running.stderr.count("weights read in") == 1
    assert "weather        ✓" in running.stdout
    assert 'Tool call    杭州今天天气怎么样？ -> get_weather({"location":"Hangzhou"})' in running.stdout
    assert "anthropic/dragoman-tiny, 65,536 tokens" in running.stdout
    assert "download Qwen/" not in running.stdout
    assert "Traceback" not in running.stderr
    nothing_left(installed)


def test_a_failed_start_is_tried_once_more_with_what_the_engine_says(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(TOO_LONG, "exit"), Life())
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "m.safetensors").write_bytes(b"1")
    with up(tmp_path, installed, str(model)) as running:
        running.wait_for(READY, WAIT_S)
        assert "It is tried once more, with a window of 195,584 tokens." in running.stderr
        assert running.end(signal.SIGTERM) == 0
    first, second = (start["argv"] for start in installed.script.starts())
    assert first[first.index("--max-model-len") + 1] == "-1"
    assert second[second.index("--max-model-len") + 1] == "195584"


def test_a_start_that_cannot_be_mended_ends_with_causes_and_mends(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(OUT_OF_MEMORY, "exit"))
    with up(tmp_path, installed) as running:
        assert running.finish(WAIT_S) == 1
    assert "Worker_TP1   torch.OutOfMemoryError: CUDA out of memory" in running.stdout
    assert "    Cause        " in running.stdout
    assert "    Mend         " in running.stdout
    last = running.stderr.splitlines()[-1]
    assert last.startswith("dragoman: The engine ended by itself with exit code 1: torch.OutOfMemoryError")
    assert "Traceback" not in running.stderr


def test_while_the_engine_comes_back_clients_wait_and_then_are_served(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(workers=1), Life([2.0], workers=1))
    with up(tmp_path, installed) as running:
        running.wait_for(READY, WAIT_S)
        url = running.url()
        assert ask(url).status_code == 200
        os.kill(installed.script.starts()[0]["pid"], signal.SIGKILL)
        until(lambda: ask(url).status_code != 200)
        refused = ask(url)
        assert (refused.status_code, refused.headers["retry-after"]) == (529, "10")
        assert refused.json()["error"]["type"] == "overloaded_error"
        until(lambda: ask(url).status_code == 200, WAIT_S)
        assert "the engine crashed and is started again in 1 s: The engine was killed" in running.stderr
        assert running.end(signal.SIGTERM) == 0
    nothing_left(installed)


def test_replicas_are_independent(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(workers=1))
    with up(tmp_path, installed, "--replicas", "2") as running:
        running.wait_for("Ctrl-C ends gateway and engines", WAIT_S)
        url = running.url()
        first, second = installed.script.starts()
        os.kill(first["pid"], signal.SIGKILL)
        # The other goes on: nobody notices but the one request that may have been on its way.
        statuses = [ask(url).status_code for _ in range(5)]
        assert statuses == [200] * 5
        until(lambda: len(installed.script.starts()) == 3, WAIT_S)
        assert Path(f"/proc/{second['pid']}").exists()
        assert re.search(r"engine [01] crashed and is started again", running.stderr)
        assert running.end(signal.SIGTERM) == 0
    assert len(marks(installed)) == 2
    nothing_left(installed)


ENDS = [
    pytest.param(signal.SIGINT, "starting", marks=pytest.mark.full),
    pytest.param(signal.SIGTERM, "starting", marks=pytest.mark.full),
    pytest.param(signal.SIGHUP, "starting", marks=pytest.mark.full),
    (signal.SIGKILL, "starting"),
    (signal.SIGINT, "ready"),
    pytest.param(signal.SIGTERM, "ready", marks=pytest.mark.full),
    (signal.SIGHUP, "ready"),
    (signal.SIGKILL, "ready"),
]


@pytest.mark.parametrize(("number", "when"), ENDS)
def test_no_end_leaves_a_process(tmp_path: Path, number: signal.Signals, when: str) -> None:
    log: list[Any] = [60.0] if when == "starting" else []
    installed = Installed(tmp_path, Life(log, workers=2, deaf=number == signal.SIGKILL))
    with up(tmp_path, installed) as running:
        running.wait_for("starting" if when == "starting" else READY, WAIT_S)
        until(lambda: len(installed.script.starts()) == 1, WAIT_S)
        until(lambda: len(leash.descendants(running.process.pid)) >= 4, WAIT_S)
        family = leash.descendants(running.process.pid)
        expected = {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}
        assert running.end(number) == expected.get(number, 0)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 30)
    assert "Traceback" not in running.stderr
