"""What starts measured, kept in the state directory: found again, passed over where damaged."""

# ruff: noqa: E501 - lines of a log are as long as they are

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.machine import measurements
from dragoman.machine.measurements import Kept, Shelf, keep, learn
from dragoman.model.deployment import Deployment, Layout
from dragoman.model.hardware import Gpu
from dragoman.model.measured import Measured
from dragoman.planning.calibrate import GIB, Predicted

GPUS = (Gpu("NVIDIA H20", 95 * GIB),) * 4
DEPLOYED = Deployment(
    "acme/Model-1B", "m", Layout(tensor=4), max_model_len=65536, max_num_batched_tokens=8192
)
SEEN = Measured(version="0.32.0", device="GPU", kv_tokens=300_000, kv_memory=20 * GIB, weights=55 * GIB)
LOG = """\
(Worker pid=1) INFO 11-20 13:03:54 [gpu_model_runner.py:5150] Model loading took 55.1 GiB memory and 82.5 seconds
(Worker pid=1) INFO 11-20 13:04:24 [gpu_worker.py:760] Available KV cache memory: 13.5 GiB
(EngineCore pid=2) INFO 11-20 13:04:24 [x.py:1] GPU KV cache size: 294,912 tokens, Maximum concurrency for 65,536 \
tokens per request: 4.50x
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))
    return tmp_path / "measurements"


def recall(deployment: Deployment, gpus: Sequence[Gpu]) -> Kept | None:
    return Shelf(gpus).nearest(deployment)


def test_what_was_kept_is_found_again(state: Path) -> None:
    assert recall(DEPLOYED, GPUS) is None
    assert keep(DEPLOYED, GPUS, SEEN, Predicted(kv_tokens=310_000)) == ""
    found = recall(DEPLOYED, GPUS)
    assert found is not None
    assert found.measured == SEEN
    assert found.deployment == DEPLOYED
    assert found.predicted == Predicted(kv_tokens=310_000)
    assert [path.suffix for path in state.iterdir()] == [".json"]


def test_a_later_start_takes_the_place_of_an_earlier_one(state: Path) -> None:
    keep(DEPLOYED, GPUS, SEEN)
    keep(DEPLOYED, GPUS, replace(SEEN, kv_tokens=1))
    found = recall(DEPLOYED, GPUS)
    assert found is not None
    assert found.measured.kv_tokens == 1
    assert len(list(state.iterdir())) == 1


def test_of_several_the_nearest_settings_win() -> None:
    keep(replace(DEPLOYED, max_num_batched_tokens=2048), GPUS, replace(SEEN, kv_tokens=1))
    keep(DEPLOYED, GPUS, replace(SEEN, kv_tokens=2))
    keep(replace(DEPLOYED, enforce_eager=True), GPUS, replace(SEEN, kv_tokens=3))
    for tokens, wanted in (
        (1, replace(DEPLOYED, max_num_batched_tokens=2048, max_model_len=1024)),
        (2, DEPLOYED),
        (3, replace(DEPLOYED, enforce_eager=True, served_name="another name")),
    ):
        found = recall(wanted, GPUS)
        assert found is not None
        assert found.measured.kv_tokens == tokens


def test_the_next_plan_is_told_what_holds_for_it() -> None:
    measured = replace(SEEN, requested=80 * GIB)
    assert not Shelf(GPUS).correct(DEPLOYED)
    keep(DEPLOYED, GPUS, measured)
    shelf = Shelf(GPUS)
    found = shelf.correct(DEPLOYED)
    assert (found.weights, found.overhead) == (55 * GIB, 5 * GIB)
    assert found.notes[0].startswith("Measured on this machine at a start on 20")
    assert shelf.correct(replace(DEPLOYED, max_num_seqs=3)).overhead is None
    assert not shelf.correct(replace(DEPLOYED, model="acme/Other"))


def test_arguments_of_the_users_own_tell_starts_apart() -> None:
    own = replace(DEPLOYED, extra=("--max-num-seqs", "4"))
    keep(own, GPUS, replace(SEEN, kv_tokens=1))
    assert recall(DEPLOYED, GPUS) is None
    keep(DEPLOYED, GPUS, SEEN)
    for deployment, tokens in ((own, 1), (DEPLOYED, 300_000)):
        found = recall(deployment, GPUS)
        assert found is not None
        assert found.measured.kv_tokens == tokens


OTHERS: dict[str, tuple[Deployment, tuple[Gpu, ...]]] = {
    "another model": (replace(DEPLOYED, model="acme/Other"), GPUS),
    "another layout": (replace(DEPLOYED, layout=Layout(tensor=2)), GPUS),
    "another quantization": (replace(DEPLOYED, quantization="fp8"), GPUS),
    "fewer GPUs": (DEPLOYED, GPUS[:2]),
    "other GPUs": (DEPLOYED, (Gpu("NVIDIA H100", 80 * GIB),) * 4),
}


@pytest.mark.parametrize("case", OTHERS)
def test_nothing_is_said_of(case: str) -> None:
    keep(DEPLOYED, GPUS, SEEN)
    assert recall(*OTHERS[case]) is None


def test_nothing_is_said_of_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(DEPLOYED, GPUS, SEEN)
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert recall(DEPLOYED, GPUS) is None


def test_secrets_are_not_kept(state: Path) -> None:
    keep(replace(DEPLOYED, environment={"HF_TOKEN": "hf_secret"}, extra=("--api-key", "sk-1")), GPUS, SEEN)
    (path,) = state.iterdir()
    assert "hf_secret" not in path.read_text()
    assert "sk-1" not in path.read_text()
    assert recall(DEPLOYED, GPUS) is None


DAMAGED: dict[str, bytes] = {
    "cut off": b'{"form": 1, "when"',
    "empty": b"",
    "another kind": b"[]",
    "nested without end": b"[" * 100_000,
    "no UTF-8": b"\xff\xfe",
    "of the wrong types": b'{"form": "one"}',
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_passed_over_with_a_note(case: str, state: Path) -> None:
    keep(DEPLOYED, GPUS, SEEN)
    (state / "damaged.json").write_bytes(DAMAGED[case])
    shelf = Shelf(GPUS)
    assert shelf.nearest(DEPLOYED) is not None
    assert shelf.notes == [f"{state / 'damaged.json'} is damaged and was passed over; it can be deleted."]


def test_a_file_of_another_form_is_passed_over(state: Path) -> None:
    keep(DEPLOYED, GPUS, SEEN)
    (path,) = state.iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"form": 99}))
    assert (recall(DEPLOYED, GPUS), Shelf(GPUS).notes) == (None, [])


def test_a_directory_that_cannot_be_written_is_only_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "file"))
    assert "cannot be kept" in keep(DEPLOYED, GPUS, SEEN)
    assert (recall(DEPLOYED, GPUS), Shelf(GPUS).notes) == (None, [])


def test_the_oldest_go(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "MOST_FILES", 3)
    for tokens in range(1, 6):
        keep(replace(DEPLOYED, max_num_seqs=tokens), GPUS, SEEN)
    assert len(list(state.iterdir())) == 3


def test_a_log_is_read_kept_and_compared(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text(LOG)
    found = learn(log, DEPLOYED, GPUS, Predicted(kv_tokens=300_000, weights=55 * GIB))
    assert found.measured.kv_tokens == 294_912
    assert found.notes[0].endswith("the plan was right.")
    assert found.notes[1].startswith("Weights: 55.00 GiB expected, 55.10 GiB measured")
    kept = recall(DEPLOYED, GPUS)
    assert kept is not None
    assert kept.measured == found.measured


def test_a_log_that_says_nothing_changes_nothing(tmp_path: Path, state: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_bytes(b"\xff\xfe rubbish\n")
    assert learn(log, DEPLOYED, GPUS).notes == ()
    assert not state.exists()
    assert "cannot be read" in learn(tmp_path / "none.log", DEPLOYED, GPUS).notes[0]


def test_what_an_old_release_requested_follows_from_what_it_was_told(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text(LOG)
    assert learn(log, DEPLOYED, GPUS).measured.overhead is None
    told = learn(log, replace(DEPLOYED, gpu_memory_utilization=0.9), GPUS).measured
    assert told.requested == round(95 * GIB * 0.9)
    assert told.overhead == pytest.approx((85.5 - 55.1 - 13.5) * GIB, abs=10)
