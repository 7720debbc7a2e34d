"""The training, checked by the engine environment's Python, which has torch: `training/checks.py` does it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dragoman.runtime import environment

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What checks.py reports."""
    report = tmp_path_factory.mktemp("training") / "report.json"
    command = (str(environment.ensure().python), "-m", "training.checks", str(report))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(report.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.engine
@pytest.mark.parametrize(
    "claim",
    [
        "attention and its gradients are PyTorch's",
        "the same seed makes the same conversations",
        "every call fits its tool's schema",
        "every value of a call stands before it",
        "the template renders what the generator writes",
        "the tokenizer gives back every text",
        "the targets are the assistant's turns",
        "no held-out phrase is one of the generator's",
        "an exported model computes what the trained one does",
        "a run that was resumed ends where an unbroken one does",
    ],
)
def test_of_the_training(claim: str, found: dict[str, Any]) -> None:
    assert found[claim] == []


@pytest.mark.engine
def test_twenty_steps_reduce_the_loss(found: dict[str, Any]) -> None:
    first, last = found["losses"]
    assert last < first - 0.5
