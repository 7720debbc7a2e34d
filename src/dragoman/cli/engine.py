"""`dragoman engine`: the engine's own environment, installed, looked at, removed."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.screen import show

if TYPE_CHECKING:
    from dragoman.engines.vllm import Installation

app = typer.Typer(no_args_is_help=True, help="Install, look at or remove the engine's own environment.")


class Device(StrEnum):
    """What an engine runs on."""

    CPU = "cpu"
    CUDA = "cuda"


On = Annotated[Device | None, typer.Option(metavar="DEVICE", help="cpu or cuda. [what this machine has]")]


@app.command()
def install(device: On = None) -> None:
    """Install the engine; an interrupted installation goes on."""
    from dragoman.cli.steps import Steps
    from dragoman.runtime import environment

    plan = plan_for(device)
    with Steps() as steps:
        steps.begin("Engine", f"{plan.name} {plan.version}")
        found = environment.ensure(steps.report, plan)
        steps.done(f"{plan.name} {found.version} in {environment.folder(plan)}")


@app.command()
def status(device: On = None) -> None:
    """Say what is installed, and where."""
    from dragoman.runtime import environment

    found = environment.status(plan_for(device))
    version = found.environment.version if found.environment else found.wanted.version
    words = {
        "ready": "ready",
        "absent": "not installed; `dragoman engine install` does it",
        "incomplete": "an installation was interrupted; `dragoman engine install` goes on with it",
        "outdated": "made by another version; `dragoman engine install` makes it anew",
    }
    show(
        [
            ("Engine", f"{found.wanted.name} {version}"),
            ("State", words.get(found.state, found.state)),
            ("Place", str(found.path)),
        ]
    )


@app.command()
def remove(device: On = None) -> None:
    """Delete the engine's environment; models and pip's cache stay."""
    from dragoman.runtime import environment

    plan = plan_for(device)
    gone = environment.remove(plan)
    show([("Engine", f"{plan.name} {'removed from' if gone else 'was not in'} {environment.folder(plan)}")])


def plan_for(device: Device | None) -> "Installation":
    """What is installed for a device; for none, for what this machine has."""
    from dragoman.engines import vllm
    from dragoman.runtime import environment

    return vllm.installation(device.value) if device else environment.planned()
