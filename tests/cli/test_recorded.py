"""Records in words, and which gateway a command means."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from dragoman.cli import recorded
from dragoman.runtime import record
from dragoman.runtime.record import EngineRecord, Record
from dragoman.settings import PORT


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))


def run(port: int = 4001) -> Record:
    return record.own(f"http://127.0.0.1:{port}", port, 0.0, "m", "0")


def test_the_only_gateway_that_runs_is_meant() -> None:
    assert recorded.meant(None) == PORT
    record.write(run(4001))
    assert recorded.meant(None) == 4001
    assert recorded.meant(7) == 7
    record.write(replace(run(4002), started=1))
    assert recorded.meant(None) == 4001
    record.write(run(4003))
    assert recorded.meant(None) == PORT


def test_a_run_in_words() -> None:
    one = run()
    one.log = "/g.log"
    one.engines = [
        EngineRecord("http://a", "/a.log", "x", "ready", 7, 1),
        EngineRecord("http://b", "/b.log", "y", "waiting", 8, 3, "The engine was\nkilled"),
    ]
    text = "\n".join(f"{name}|{value}" for name, value in recorded.rows(one))
    assert "; not ready yet\n" in text
    assert "in the background, its output in /g.log" in text
    assert "vLLM 0|ready, process 7; log in /a.log\n" in text
    assert "vLLM 1|crashed, is started again in a moment, started 3 times; log in /b.log\n" in text
    assert "|last trouble: The engine was killed" in text
    one.engines, one.ready = one.engines[:1], True
    assert "not ready" not in str(recorded.rows(one))
    assert ("vLLM", "ready, process 7; log in /a.log") in recorded.rows(one)


def test_a_stale_run_in_words() -> None:
    one = run()
    assert recorded.stale_words(one).endswith("ended without its last word")
    one.engines = [EngineRecord("http://a", "/a.log", "x")]
    assert recorded.stale_words(one).endswith("; the engines' logs: /a.log")
