"""Which model to run where the user names none, and what else would run where his does not fit."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dragoman.model.hardware import Machine
from dragoman.model.profile import Profile
from dragoman.planning import window
from dragoman.planning.cards import Card
from dragoman.planning.catalogue import Choice, Model, Resolved, choices
from dragoman.planning.pins import Pins
from dragoman.planning.plan import Alternative, Plan, Task, plan

SHOWN = 5


def best(
    models: Sequence[Model],
    machine: Machine,
    pins: Pins,
    cards: tuple[Card, ...],
    profiles: tuple[Profile, ...],
) -> Plan:
    """The best model of the table for agentic coding on these GPUs. Raises ValueError where none runs."""
    ranked = ranking(models, machine, pins, cards, profiles)
    if not ranked:
        raise ValueError(
            "none of the models that plan knows runs on these GPUs; name another one, or more GPUs"
        )
    model, made = ranked[0]
    why = (
        f"Of the {len(models)} models in the built-in table, {model.name} is the best for agentic coding "
        f"that these GPUs serve: {_score(model)} as its makers state it (unverified here)."
    )
    others = [_other(other, plan_, model) for other, plan_ in ranked[1 : SHOWN + 1]]
    return replace(made, reasons=(why, *made.reasons), alternatives=(*others, *made.alternatives))


def ranking(
    models: Iterable[Model],
    machine: Machine,
    pins: Pins,
    cards: tuple[Card, ...],
    profiles: tuple[Profile, ...],
) -> list[tuple[Model, Plan]]:
    """The models that fit with a window of use, the best first."""
    fitting = []
    for model in models:
        if model.coding is None:
            continue
        made = plan(Task(Resolved(_official(model), False), machine, pins, cards, profiles))
        if made.fits and made.verdict.window >= window.LEAST:
            fitting.append((model, made))
    return sorted(fitting, key=lambda pair: (pair[1].verdict.window < window.WANTED, -(pair[0].coding or 0)))


def advise(made: Plan, models: Sequence[Model], task: Task) -> Plan:
    """A plan that says no, with what would run instead: another form of the model, then another model."""
    own = made.verdict.subject.choice.model
    more: list[Alternative] = []
    free = Pins(engine_version=task.pins.engine_version)
    if own or task.pins.judged:
        wider = Resolved(choices(own), False) if own else task.resolved
        again = plan(Task(wider, task.machine, free, task.cards, task.profiles))
        if again.fits:
            more.append(_instead(again, "the same model, as plan would run it"))
    if not more and task.machine.gpus and task.machine.gpus[0].memory:
        ranked = ranking(models, task.machine, free, task.cards, task.profiles)
        more = [_instead(plan_, f"another model that fits, {_score(model)}") for model, plan_ in ranked[:2]]
    return replace(made, alternatives=(*more, *made.alternatives))


def _official(model: Model) -> tuple[Choice, ...]:
    return tuple(choice for choice in choices(model) if not choice.community)


def _score(model: Model) -> str:
    return f"{model.coding:g} % on SWE-bench Verified" if model.coding else "without a published score"


def _instead(made: Plan, why: str) -> Alternative:
    verdict = made.verdict
    replicas = f"{verdict.replicas} x " if verdict.replicas > 1 else ""
    return Alternative(
        model=made.deployment.model,
        layout=f"{replicas}{verdict.layout}",
        fits=True,
        reason=f"{why}, with a window of {verdict.window:,}",
        window=verdict.window,
        kv_tokens=made.kv_tokens,
    )


def _other(model: Model, made: Plan, chosen: Model) -> Alternative:
    verdict = made.verdict
    short = verdict.window < window.WANTED
    why = f"a window of {verdict.window:,}; {_score(model)}" if short else _score(model)
    return Alternative(made.deployment.model, str(verdict.layout), True, why, verdict.window, made.kv_tokens)
