"""`dragoman up --detach`, and the commands that find it again: `status`, `logs`, `stop`."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from dragoman.cli import background
from dragoman.cli.background import without_detach
from dragoman.runtime import leash
from dragoman.runtime.supervisor import free_port
from tests.cli.installed import Installed
from tests.cli.program import Program, argv, dragoman, environment, refusal
from tests.gateway import until
from tests.scripted_process import OUT_OF_MEMORY, STAGES, Life


def test_the_option_is_taken_out_and_nothing_else() -> None:
    given = ["up", "-d", "model", "--engine-arg", "-d", "--port", "1", "--detach"]
    assert without_detach(given) == ["up", "model", "--engine-arg", "-d", "--port", "1"]
    assert "--port 4001" in background.words(4001)
    assert "--port" not in background.words(4000)


def test_a_run_in_the_background_is_found_and_ended(tmp_path: Path) -> None:
    installed, port = Installed(tmp_path, Life(STAGES, workers=1)), str(free_port())
    variables = installed.variables
    begun = dragoman(tmp_path, "up", "--detach", "--port", port, **variables)
    try:
        assert begun.returncode == 0, begun.stderr
        assert "✓ weather" in begun.stderr
        assert f"`dragoman stop --port {port}` ends it" in begun.stdout
        assert "Ctrl-C" not in begun.stderr
        pid = installed.script.starts()[0]["pid"]
        status = dragoman(tmp_path, "status", **variables).stdout
        assert f"on http://127.0.0.1:{port}" in status
        assert f"    vLLM         ready, process {pid}; log in " in status
        assert "in the background, its output in " in status
        again = dragoman(tmp_path, "up", "--detach", "--port", port, **variables)
        assert f"runs on port {port} already" in refusal(again)
        logged = dragoman(tmp_path, "logs", "-n", "1", **variables).stdout
        assert logged.endswith("Starting vLLM server on http://127.0.0.1:1\n")
        own = dragoman(tmp_path, "logs", "--gateway", "-n", "99", "--port", port, **variables).stdout
        assert "clients are asked to wait" in own
    finally:
        ended = dragoman(tmp_path, "stop", "--port", port, **variables)
    assert (
        f"The gateway on http://127.0.0.1:{port} and 1 engine with dragoman-tiny ended after" in ended.stdout
    )
    assert not Path(f"/proc/{pid}").exists()
    assert "nothing that `dragoman up` started runs" in refusal(dragoman(tmp_path, "stop", **variables))


def test_a_start_that_fails_is_said_here(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life(OUT_OF_MEMORY, "exit"))
    done = dragoman(tmp_path, "up", "--detach", "--port", str(free_port()), **installed.variables)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("dragoman: The engine ended by itself with exit code 1")
    assert "Mend" in done.stderr
    assert not list((tmp_path / "state" / "gateways").iterdir())


def test_a_port_that_nobody_would_know_is_refused(tmp_path: Path) -> None:
    installed = Installed(tmp_path)
    said = refusal(dragoman(tmp_path, "up", "--detach", "--port", "0", **installed.variables))
    assert "--detach needs a --port that is known" in said


def test_it_survives_the_terminals_end(tmp_path: Path) -> None:
    installed, port = Installed(tmp_path, Life(workers=1)), str(free_port())
    with subprocess.Popen(
        argv("up", "--detach", "--port", port),
        env=environment(tmp_path, **installed.variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as terminal:
        terminal.communicate(timeout=60)
    assert terminal.returncode == 0
    # Whatever belonged to the terminal's session gets its hang-up.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(terminal.pid, signal.SIGHUP)
    status = dragoman(tmp_path, "status", "--url", f"http://127.0.0.1:{port}", **installed.variables)
    assert "ready, process" in status.stdout
    assert dragoman(tmp_path, "stop", "--port", port, **installed.variables).returncode == 0


def test_ctrl_c_while_it_starts_ends_it(tmp_path: Path) -> None:
    installed = Installed(tmp_path, Life([60.0], workers=1))
    with Program(
        tmp_path, "up", "--detach", "--port", str(free_port()), variables=installed.variables
    ) as running:
        until(lambda: bool(installed.script.starts()), 60)
        until(lambda: len(leash.descendants(running.process.pid)) >= 4, 60)
        family = leash.descendants(running.process.pid)
        assert running.end(signal.SIGINT) == 130
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 30)
