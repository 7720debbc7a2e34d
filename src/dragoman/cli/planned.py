"""What `dragoman up` runs on GPUs: the plan for this machine, shown before anything is done with it."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.cli.screen import warn
from dragoman.engines import vllm

if TYPE_CHECKING:
    from dragoman.cli.preparing import Wanted
    from dragoman.model.hardware import Machine
    from dragoman.planning.plan import Plan
    from dragoman.runtime.work import Work


def on_gpus(wanted: "Wanted", machine: "Machine", here: bool) -> "Work":
    """The work by the best plan. Raises CannotRun where there is none; `here`: it is for this machine."""
    from dragoman.cli import plan_view
    from dragoman.cli.plan import make, measured
    from dragoman.cli.preparing import CannotRun

    correct = measured(machine) if here else None
    # The release is known that will be installed.
    pins = replace(wanted.pins, engine_version=wanted.pins.engine_version or vllm.VERSION)
    made = make(wanted.model, part_of(machine, wanted.replicas), pins, correct=correct)
    if wanted.shown:
        plan_view.show(made)
    if made.fits is False:
        raise CannotRun(made.error or f"{made.deployment.model} does not fit: {made.verdict.reason}")
    if made.fits is None:
        warn("whether it fits is not known, for want of facts; the engine will say it")
    return work_of(made, wanted, machine)


def part_of(machine: "Machine", replicas: int | None) -> "Machine":
    """The GPUs that each of so many replicas may have. Raises CannotRun where there are too few."""
    from dragoman.cli.preparing import CannotRun

    if not replicas or replicas == 1:
        return machine
    each = len(machine.gpus) // replicas
    if not each:
        raise CannotRun(f"{replicas} replicas need a GPU each, and there are {len(machine.gpus)}")
    return replace(machine, gpus=machine.gpus[:each])


def work_of(plan: "Plan", wanted: "Wanted", machine: "Machine") -> "Work":
    """A plan as work, with what the user adds."""
    from dragoman.runtime.work import Work, visible_gpus

    planned = plan.deployment
    made = replace(
        planned,
        replicas=wanted.replicas or (1 if wanted.hosts else planned.replicas),
        extra=(*planned.extra, *wanted.extra),
    )
    size = round(plan.verdict.weights * plan.verdict.layout.gpus)
    gpus = visible_gpus(len(machine.gpus), os.environ)
    return Work(
        made,
        "cuda",
        gpus,
        size,
        here=Path(made.model).is_dir(),
        cached=is_downloaded(made.model),
        predicted=plan.predicted,
    )


def is_downloaded(model: str) -> bool:
    """Whether a hub's model lies in this machine's cache, as far as its config tells."""
    from dragoman.machine.local import downloaded

    return downloaded(model, "main", os.environ) is not None
