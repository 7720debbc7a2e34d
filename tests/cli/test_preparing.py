"""What `dragoman up` is to run: chosen by what was said, changed by what is known of a failure."""

from pathlib import Path

import pytest

from dragoman.cli import preparing
from dragoman.cli.preparing import CannotRun, Wanted
from dragoman.machine import gpus
from dragoman.model.deployment import AUTO_FIT
from dragoman.model.hardware import Machine
from dragoman.planning.pins import Pins
from dragoman.runtime.keeper import Failure
from dragoman.runtime.work import TINY
from tests.scripted_process import OUT_OF_MEMORY, TOO_LONG


@pytest.fixture(autouse=True)
def on_a_cpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpus, "find", Machine)
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("VLLM_CPU_KVCACHE_SPACE", raising=False)


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"x" * 1000)
    return path


def test_without_a_model_it_is_the_tiny_one() -> None:
    work = preparing.choose(Wanted(replicas=2, extra=("--seed", "1"), start_s=7))
    assert (work.deployment.served_name, work.deployment.replicas) == (TINY, 2)
    assert work.deployment.extra[-2:] == ("--seed", "1")
    assert work.tiny
    assert work.start_s == 7


def test_a_folder_is_run_on_the_cpu_with_the_window_that_fits(tmp_path: Path) -> None:
    work = preparing.choose(Wanted(str(folder(tmp_path / "Qwen3-0.6B"))))
    made = work.deployment
    assert (made.model, made.served_name) == (str(tmp_path / "Qwen3-0.6B"), "Qwen3-0.6B")
    assert made.max_model_len == AUTO_FIT
    assert (work.size, work.here, work.tiny, work.device) == (1000, True, False, "cpu")


def test_what_cannot_be_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no GPU, and Qwen/Q is no folder here"):
        preparing.choose(Wanted("Qwen/Q"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotRun, match=r"no config\.json"):
        preparing.choose(Wanted(str(tmp_path / "empty")))
    (tmp_path / "empty" / "config.json").write_text("{}")
    with pytest.raises(CannotRun, match=r"no \.safetensors"):
        preparing.choose(Wanted(str(tmp_path / "empty")))


def failure(lines: list[str | float], **errors: str) -> Failure:
    return Failure("it ended", [line for line in lines if isinstance(line, str)], errors)


def test_a_window_that_is_too_long_is_shortened_to_what_the_engine_says(tmp_path: Path) -> None:
    work = preparing.choose(Wanted(str(folder(tmp_path / "m"))))
    launch = work.launch(Path("/env/bin/python"), 9000, 4000, 1)
    changed = preparing.other_plan(work, launch, 4000, 1)(launch, failure(TOO_LONG))
    assert changed
    other, why = changed
    assert why == "with a window of 195,584 tokens."
    assert other.plan
    assert other.plan.max_model_len == 195_584
    assert other.command.argv[other.command.argv.index("--max-model-len") + 1] == "195584"
    assert (other.url, other.log, other.command.argv[0]) == (launch.url, launch.log, "/env/bin/python")


def test_where_nothing_helps_nothing_is_changed(tmp_path: Path) -> None:
    work = preparing.choose(Wanted(str(folder(tmp_path / "m"))))
    launch = work.launch(Path("/env/bin/python"), 9000, 4000)
    assert preparing.other_plan(work, launch, 4000, 0)(launch, failure(["nothing known"])) is None


def test_a_failure_is_explained_with_first_errors_causes_and_mends() -> None:
    rows = preparing.explained(
        failure(
            OUT_OF_MEMORY,
            **{"Worker_TP1 pid=4": "torch.OutOfMemoryError: x", "EngineCore pid=2": "RuntimeError: y"},
        )
    )
    assert ("Worker_TP1", "torch.OutOfMemoryError: x") in rows
    assert ("EngineCore", "RuntimeError: y") in rows
    assert "Cause" in [name for name, _ in rows]
    assert "Mend" in [name for name, _ in rows]
    assert preparing.explained(failure(["nothing known"])) == []


def test_a_dry_run_prints_each_command_and_its_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.dry_run(preparing.choose(Wanted(str(folder(tmp_path / "m")), replicas=2)))
    first, second = capsys.readouterr().out.splitlines()
    assert "VLLM_CPU_KVCACHE_SPACE=4 " in first
    assert f"serve {tmp_path / 'm'} --host 127.0.0.1 --port 8000" in first
    assert "--port 8001" in second


def test_one_engine_on_two_machines_is_spread_by_tensors(capsys: pytest.CaptureFixture[str]) -> None:
    work = preparing.choose(Wanted(hosts=("127.0.0.1", "me@127.0.0.2")))
    assert (work.deployment.nodes, work.deployment.layout.tensor) == (2, 2)
    preparing.dry_run(work)
    first, on, second = capsys.readouterr().out.splitlines()
    assert on == "# on me@127.0.0.2"
    assert "--nnodes 2 --node-rank 0 --master-addr 127.0.0.1 --master-port " in first
    assert "--headless" not in first
    assert "--node-rank 1 --master-addr 127.0.0.1" in second
    assert "--headless" in second
    assert "VLLM_HOST_IP=127.0.0.2 " in second


def test_what_cannot_be_spread_is_said() -> None:
    with pytest.raises(CannotRun, match="spreads one engine over machines"):
        preparing.choose(Wanted(hosts=("a", "b"), replicas=2))
    with pytest.raises(CannotRun, match="TP3 cannot be spread evenly over 2 machines"):
        preparing.choose(Wanted(hosts=("a", "b"), pins=Pins(tp=3)))


def test_machines_that_do_not_meet_in_time_are_asked_where_they_wait() -> None:
    work = preparing.choose(Wanted(hosts=("127.0.0.1", "127.0.0.2")))
    launch = work.launch(Path("/env/bin/python"), 9000, 4000)
    change = preparing.other_plan(work, launch, 4000, 0)
    assert change(launch, Failure("it ended", [], {})) is None
    found = change(launch, Failure("not ready", [], {}, late=True))
    assert found
    other, why = found
    assert why.startswith("with NCCL_DEBUG=INFO")
    assert other.members[0].command.environment["NCCL_DEBUG"] == "INFO"
    assert change(other, Failure("not ready", [], {}, late=True)) is None
