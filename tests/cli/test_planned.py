"""`dragoman up` on GPUs, as far as it can be seen without any: what would be run, and what is refused."""

from pathlib import Path

import pytest

from dragoman.cli import preparing
from dragoman.cli.planned import is_downloaded
from dragoman.cli.preparing import CannotRun, Wanted
from dragoman.engines import vllm
from dragoman.machine import gpus
from dragoman.model.deployment import Layout
from dragoman.model.hardware import Gpu, Machine
from dragoman.planning.pins import Pins
from tests.cli.program import dragoman, refusal

GIB = 1 << 30
H100 = Gpu("NVIDIA H100 80GB HBM3", 79 * GIB, 78 * GIB, (9, 0))


@pytest.fixture(autouse=True)
def four_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpus, "find", lambda: Machine((H100,) * 4, linked=True))
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_the_plan_is_shown_and_becomes_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    work = preparing.choose(Wanted("qwen3-235b", extra=("--seed", "1")))
    assert "Verdict     fits" in capsys.readouterr().out
    made = work.deployment
    assert made.model == "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
    assert made.layout.tensor == 4
    assert made.extra[-2:] == ("--seed", "1")
    assert (work.device, work.gpus, work.here, work.cached) == ("cuda", ("0", "1", "2", "3"), False, False)
    assert work.size
    assert work.size > 200 * GIB
    assert work.predicted
    argv = work.launch(Path("/env/bin/python"), 8000, 4000).command.argv
    assert argv[argv.index("--tensor-parallel-size") + 1] == "4"


def test_replicas_share_the_gpus_and_pins_hold(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = Wanted("qwen3-30b-a3b", pins=Pins(tp=2, max_model_len=16_384), replicas=2, shown=False)
    work = preparing.choose(wanted)
    assert capsys.readouterr().out == ""
    assert work.deployment.layout == Layout(tensor=2)
    assert (work.deployment.replicas, work.deployment.max_model_len) == (2, 16_384)
    seen = [
        work.launch(Path("/p"), 8000 + number, 4000, number).command.environment["CUDA_VISIBLE_DEVICES"]
        for number in (0, 1)
    ]
    assert seen == ["0,1", "2,3"]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(CannotRun, match="5 replicas need a GPU each, and there are 4"):
        preparing.choose(Wanted("qwen3-30b-a3b", replicas=5, shown=False))
    with pytest.raises(CannotRun, match="8xH100-80GB are not here: this machine has 4 GPUs"):
        preparing.choose(Wanted("qwen3-30b-a3b", gpus="8xH100-80GB"))
    with pytest.raises(CannotRun, match="are on 2 machines: name them with --host-list"):
        preparing.choose(Wanted("qwen3-235b", gpus="2 nodes x 4xH100-80GB", dry=True, shown=False))
    with pytest.raises(CannotRun, match="does not fit"):
        preparing.choose(Wanted("qwen3-235b", gpus="1xRTX4090-24GB", dry=True, shown=False))


def test_a_model_in_the_hubs_cache_is_found(tmp_path: Path) -> None:
    assert not is_downloaded("Qwen/Q")
    repository = tmp_path / "hub" / "models--Qwen--Q"
    (repository / "snapshots" / "abc").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    (repository / "snapshots" / "abc" / "config.json").write_text("{}")
    assert is_downloaded("Qwen/Q")


def test_from_the_command_line_for_gpus_that_are_elsewhere(tmp_path: Path) -> None:
    done = dragoman(tmp_path, "up", "qwen3-235b", "--gpus", "4xH20-96GB", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "Verdict     fits" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert "serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 --host 127.0.0.1" in last
    assert "--tensor-parallel-size 4" in last
    assert f"/engines/{vllm.installation('cuda').name}/bin/python" in last
    refused = refusal(dragoman(tmp_path, "up", "--attach", "http://127.0.0.1:1", "--tp", "2"))
    assert "--attach uses an engine that runs" in refused


def test_what_one_machine_can_do_is_not_spread_unasked() -> None:
    with pytest.raises(CannotRun, match="TP4 fits on one machine"):
        preparing.choose(Wanted("qwen3-235b", hosts=("a", "b"), shown=False))
    spread = preparing.choose(Wanted("qwen3-235b", hosts=("a", "b"), pins=Pins(tp=4, pp=2), shown=False))
    assert (spread.deployment.nodes, spread.deployment.replicas, spread.hosts) == (2, 1, ("a", "b"))
