"""A plan on the screen and as JSON: what is shown of each kind of answer."""

import json

import pytest

from dragoman.cli.plan_view import as_json, command, document, show
from dragoman.planning.pins import Pins
from dragoman.planning.plan import Plan, plan
from tests.planning.models import DENSE, QWEN_235B_FP8, machine, task

FITS = plan(task(QWEN_235B_FP8, machine(8, 79.2)))
REFUSED = plan(task(QWEN_235B_FP8, machine(8, 79.2), Pins(tp=8)))
UNKNOWN = plan(task(QWEN_235B_FP8, machine(8, 0, None), Pins(tp=4)))
TOO_LARGE = plan(task(QWEN_235B_FP8, machine(1, 24)))
TIGHT = plan(task(QWEN_235B_FP8, machine(4, 77.5)))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (FITS, ["Verdict     fits", "2 engines of TP4, 4 GPUs each", "KV cache 13", "Other ways"]),
        (TIGHT, ["fits, tightly", "--max-model-len -1"]),
        (REFUSED, ["refused: The output_size"]),
        (UNKNOWN, ["unknown: the GPUs' memory is not known", "--tensor-parallel-size 4"]),
        (TOO_LARGE, ["does not fit: 220.2 GiB"]),
    ],
)
def test_shown(made: Plan, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    show(made)
    text = capsys.readouterr().out
    for each in words:
        assert each in text
    assert text.count("left for the KV cache") == 0, "the figures are in the table already"


def test_the_command_is_one_that_a_shell_takes() -> None:
    text = command(FITS)
    assert text.startswith("vllm serve org/model \\\n    --")
    assert text.replace(" \\\n    ", " ").split() == list(FITS.argv)
    assert "--max-model-len -1" in command(TIGHT)


def test_the_document_is_json_and_nothing_is_invented() -> None:
    assert json.loads(as_json(FITS)) == json.loads(json.dumps(document(FITS)))
    unknown = document(UNKNOWN)
    assert unknown["fits"] is unknown["kv_tokens"] is unknown["memory_gib"] is None
    assert document(REFUSED)["concurrency"] is None


def test_a_small_model_on_a_small_card(capsys: pytest.CaptureFixture[str]) -> None:
    show(plan(task(DENSE, machine(1, 24))))
    text = capsys.readouterr().out
    assert "one engine of TP1" in text and "no parser known" in text
