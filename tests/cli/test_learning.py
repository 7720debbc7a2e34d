"""What `up` tells of a start, from its engine's log."""

from pathlib import Path

import pytest

from dragoman.cli.learning import learned, told
from dragoman.engines.vllm import Command
from dragoman.machine.measurements import Shelf
from dragoman.model.deployment import Deployment
from dragoman.planning.calibrate import GIB, Predicted
from dragoman.runtime.keeper import Launch
from dragoman.runtime.work import Work

LOG = """\
(Worker pid=1) INFO [default_loader.py:501] Loading weights took 80.10 seconds
(Worker pid=1) INFO [gpu_model_runner.py:5150] Model loading took 55.1 GiB memory and 82.5 seconds
(Worker pid=1) INFO [gpu_worker.py:760] Available KV cache memory: 13.5 GiB
(EngineCore pid=2) INFO [x.py:1] GPU KV cache size: 294,912 tokens, Maximum concurrency for 65,536 tokens per request: 4.50x
(EngineCore pid=2) INFO [core.py:402] init engine (profile, create kv cache, warmup model) took 38.90 s
"""  # noqa: E501
PLAN = Deployment("acme/Model-1B", "m")


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launch:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "engine.log").write_text(LOG)
    return Launch(Command(()), "http://127.0.0.1:1", tmp_path / "engine.log", 60.0, PLAN)


def test_a_start_without_a_plan_tells_what_it_found(launch: Launch) -> None:
    assert learned(launch) == [
        ("Measured", "the KV cache holds 294,912 tokens: 4.5 requests of 65,536 at once"),
    ]
    kept = Shelf(()).nearest(PLAN)
    assert kept is not None
    assert kept.measured.kv_tokens == 294_912


def test_with_a_plan_the_difference_is_told(launch: Launch) -> None:
    rows = learned(launch, (), Predicted(weights=55 * GIB, kv_tokens=400_000))
    assert rows[1][1].endswith("(expected too many by 35.6 %): the plan was off.")
    assert rows[2] == ("", "Weights: 55.00 GiB expected, 55.10 GiB measured on each GPU (+0.10 GiB).")


def test_a_log_that_says_nothing_tells_nothing(launch: Launch) -> None:
    launch.log.write_text("INFO: hello\n")
    assert learned(launch) == []


def test_what_went_wrong_is_told_and_harms_nothing(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "engine.log"))
    assert "cannot be kept" in learned(launch)[-1][1]
    launch.log.unlink()
    assert "cannot be read" in learned(launch)[-1][1]


def test_of_several_engines_one_is_told(launch: Launch, tmp_path: Path) -> None:
    silent = Launch(Command(()), "http://127.0.0.1:2", tmp_path / "none.log", 60.0)
    work = Work(PLAN, "cpu", predicted=Predicted(kv_tokens=294_912))
    rows = told([silent, launch, launch], work)
    assert len(rows) == 2
    assert rows[1][1].endswith("294,912 measured (exact): the plan was right.")
    assert told([], work) == []
