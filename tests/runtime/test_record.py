"""Records of what runs: whole or absent, told from stale ones, and never another's taken away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from dragoman.runtime import record
from dragoman.runtime.record import EngineRecord, Record


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def mine(port: int = 4000) -> Record:
    made = record.own(f"http://127.0.0.1:{port}", port, 1.5, "m", "0.1")
    made.engines.append(EngineRecord("http://127.0.0.1:1", "/log", "mark", "ready", 7, 2))
    return made


def test_what_is_written_is_read_and_alive(state: Path) -> None:
    made = mine()
    record.write(made)
    assert record.read(4000) == made
    assert made.alive
    path = state / "gateways" / "4000.json"
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in path.parent.iterdir()] == ["4000.json"]


def test_an_ended_process_and_a_number_given_anew_are_stale() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    assert not replace(mine(), pid=process.pid).alive
    assert not replace(mine(), started=1).alive
    assert not replace(mine(), boot="another").alive


def test_records_are_listed_by_port_and_rubbish_is_passed_over(state: Path) -> None:
    assert record.every() == []
    for port in (5000, 4000):
        record.write(mine(port))
    for name, text in {"1.json": "{", "2.json": "{}", "x.json": "[]", "4000.json.1.part": "{}"}.items():
        (state / "gateways" / name).write_text(text)
    (state / "gateways" / "6000.json").write_bytes((state / "gateways" / "4000.json").read_bytes())
    assert [found.port for found in record.every()] == [4000, 5000]


def test_only_its_own_record_is_removed() -> None:
    record.write(mine())
    record.remove(replace(mine(), pid=os.getpid() + 1))
    assert record.read(4000)
    record.remove(mine())
    assert record.read(4000) is None
    record.remove(mine())
