"""The record of a run: there from its first moment, true at each, gone at the end."""

import os
from pathlib import Path

import pytest

from dragoman.cli import recording
from dragoman.cli.recording import READY, Recording
from dragoman.engines.vllm import Command
from dragoman.runtime import record
from dragoman.runtime.keeper import Care, Failure, Keeper, Launch
from dragoman.runtime.work import tiny_work

URL = "http://127.0.0.1:4001"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))
    monkeypatch.delenv(READY, raising=False)


def test_it_follows_the_engines_and_goes_with_the_run(tmp_path: Path) -> None:
    with Recording(URL, 4001, tiny_work()) as made:
        first = record.read(4001)
        assert first
        assert (first.alive, first.ready, first.engines) == (True, False, [])
        assert first.plan["served_name"] == first.model == "dragoman-tiny"
        launch = Launch(Command(("engine", "--flag")), "http://127.0.0.1:9", tmp_path / "log", 1.0)
        keeper = Keeper(launch, Care())
        made.engines([keeper])
        keeper.starts, keeper.last = 2, Failure("it died", [], {})
        made.ready()
        now = record.read(4001)
        assert now
        assert (now.ready, now.argv, now.log) == (True, ["engine", "--flag"], "")
        engine = now.engines[0]
        assert (engine.url, engine.state, engine.starts, engine.trouble) == (
            "http://127.0.0.1:9",
            "idle",
            2,
            "it died",
        )
        assert engine.mark == keeper.mark
    assert record.read(4001) is None


def test_in_the_background_whoever_waits_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setenv(READY, str(writing))
    with os.fdopen(reading, "rb") as waiting, Recording(URL, 4001, None) as made:
        assert READY not in os.environ
        assert made.background
        made.ready()
        made.ready()
        assert waiting.read() == b"ready\n"
        found = record.read(4001)
        assert found
        assert found.log.endswith("gateway-4001.log")


def test_a_state_directory_that_cannot_be_written_hinders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "file"))
    with recording.Recording(URL, 4001, None) as made:
        made.changed()
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_a_stale_record_of_the_port_is_said_and_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    stale = record.own(URL, 4001, 0.0, "m", "0")
    stale.started = 1
    record.write(stale)
    with Recording(URL, 4001, None):
        found = record.read(4001)
        assert found
        assert found.alive
    assert "ended without its last word" in capsys.readouterr().err
