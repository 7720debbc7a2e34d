"""`dragoman stop`: what runs is ended, what is stale is cleared away, and nothing else is touched."""

import subprocess
import sys
from pathlib import Path

import pytest

from dragoman.cli.stop import NothingRuns, stop
from dragoman.machine import processes
from dragoman.runtime import orphans, record
from dragoman.runtime.record import EngineRecord, Record
from tests.gateway import until

SLEEPS = "import time; print(1, flush=True); time.sleep(600)"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); " + SLEEPS


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))


def gateway(port: int, code: str = SLEEPS, **variables: str) -> "subprocess.Popen[bytes]":
    """A process that a record names as a gateway."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=variables, start_new_session=True
    )
    assert process.stdout
    process.stdout.readline()
    mark = processes.mark(process.pid)
    assert mark
    engine = EngineRecord("http://127.0.0.1:1", "/log", "a mark of the test")
    url = f"http://127.0.0.1:{port}"
    record.write(Record(mark.pid, mark.started, mark.boot, url, port, 1.0, "m", "0", [engine]))
    return process


def finish(*running: "subprocess.Popen[bytes]") -> None:
    for process in running:
        process.kill()
        process.communicate()


def test_of_several_one_is_chosen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = gateway(4001), gateway(4002)
    try:
        with pytest.raises(NothingRuns, match=r"choose one with --port \(4001, 4002\), or take --all"):
            stop(None, False)
        assert stop(4001, False) == 0
        assert one.poll() is not None
        assert two.poll() is None
        assert stop(None, True) == 0
        assert two.poll() is not None
    finally:
        finish(one, two)
    said = capsys.readouterr().out
    assert "The gateway on http://127.0.0.1:4001 and 1 engine with m ended after 0 s." in said


def test_one_that_does_not_end_is_said_with_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[stop.__module__], "PATIENCE_S", 0.3)
    deaf = gateway(4001, DEAF)
    try:
        with pytest.raises(NothingRuns, match=f"`kill -9 {deaf.pid}` ends it"):
            stop(4001, False)
    finally:
        finish(deaf)


def test_a_stale_record_is_cleared_with_what_was_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    gone = gateway(4001)
    finish(gone)
    left = subprocess.Popen(
        [sys.executable, "-c", DEAF],
        env={orphans.MARK: "a mark of the test"},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert left.stdout
        left.stdout.readline()
        until(lambda: orphans.marked("a mark of the test") == {left.pid})
        module_end = orphans.END_S
        orphans.END_S = 1.0  # here it stays a zombie of this process
        with pytest.raises(NothingRuns, match="nothing that `dragoman up` started runs on port 4001"):
            stop(4001, False)
        orphans.END_S = module_end
        assert left.wait(10) == -9
    finally:
        finish(left)
    said = capsys.readouterr().err
    assert f"the gateway on port 4001 (process {gone.pid}) ended without its last word" in said
    assert f"1 process that the engine had left behind was ended (pid {left.pid})" in said
    assert record.every() == []


def test_a_number_given_to_another_process_is_never_signalled() -> None:
    other = gateway(4001)
    try:
        known = record.read(4001)
        assert known
        known.started -= 1
        record.write(known)
        with pytest.raises(NothingRuns):
            stop(4001, False)
        assert other.poll() is None
    finally:
        finish(other)
