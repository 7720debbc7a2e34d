"""The best model where none is named, and what is offered where the named one does not fit."""

import pytest

from dragoman import folder
from dragoman.model.hardware import Machine
from dragoman.planning import cards
from dragoman.planning.catalogue import resolve
from dragoman.planning.choice import advise, best
from dragoman.planning.pins import Pins
from dragoman.planning.plan import Plan, Task, plan

MODELS, CARDS, PROFILES = folder.models(), folder.cards(), folder.profiles()


def where(text: str) -> Machine:
    return cards.machine(text, CARDS)


def advised(name: str, gpus: str, pins: Pins | None = None) -> Plan:
    resolved = resolve(name, MODELS)
    assert resolved
    task = Task(resolved, where(gpus), pins or Pins(), CARDS, PROFILES)
    return advise(plan(task), MODELS, task)


@pytest.mark.parametrize("gpus", ["1xRTX4090", "2xH100", "8xH200", "4xA100-80GB", "1xRTXPRO6000"])
def test_the_best_model_fits_with_a_window_of_use_and_says_why(gpus: str) -> None:
    made = best(MODELS, where(gpus), Pins(), CARDS, PROFILES)
    assert made.fits and made.verdict.window >= 65_536
    assert "best for agentic coding" in made.reasons[0] and "unverified" in made.reasons[0]
    assert made.deployment.tool_parser


def test_larger_machines_get_models_that_are_no_worse() -> None:
    def score(gpus: str) -> float:
        model = best(MODELS, where(gpus), Pins(), CARDS, PROFILES).verdict.subject.choice.model
        assert model and model.coding
        return model.coding

    scores = [score(gpus) for gpus in ("1xRTX4090", "1xH100", "4xH100", "8xH200", "8xB200")]
    assert scores == sorted(scores)


def test_gpus_that_run_nothing() -> None:
    with pytest.raises(ValueError, match="none of the models"):
        best(MODELS, where("1xT4"), Pins(), CARDS, PROFILES)


def test_a_model_that_cannot_fit_comes_with_another() -> None:
    made = advised("Qwen/Qwen3-235B-A22B-Instruct", "1xRTX4090-24GB")
    assert made.fits is False
    assert made.alternatives[0].fits and "another model" in made.alternatives[0].reason


def test_a_form_that_does_not_fit_comes_with_one_that_does() -> None:
    made = advised("Qwen/Qwen3-235B-A22B-Instruct-2507", "4xH20-96GB")
    assert made.fits is False
    assert made.alternatives[0].model == "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
    assert made.alternatives[0].layout == "TP4"


def test_pins_that_are_refused_come_with_a_plan_without_them() -> None:
    made = advised("Qwen/Qwen3-235B-A22B-FP8", "8xH100", Pins(tp=8))
    assert made.error and made.alternatives[0].fits
    assert made.alternatives[0].layout == "2 x TP4"
