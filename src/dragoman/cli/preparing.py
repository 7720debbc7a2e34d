"""What `dragoman up` is to run: chosen, shown, confirmed, installed."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.model.errors import DragomanError
from dragoman.planning.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Callable

    from dragoman.cli.steps import Steps
    from dragoman.model.deployment import Deployment
    from dragoman.runtime.environment import Environment
    from dragoman.runtime.keeper import Failure, Launch
    from dragoman.runtime.work import Work

MOST = 8
"""Processes whose first errors are shown."""

TINY_IS = "made by this project: a proof that the chain works, not an assistant"

PINS = Pins()


class CannotRun(DragomanError):
    """What was asked for cannot be run on this machine."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said of the engines."""

    model: str = ""
    gpus: str = ""
    """GPUs that were named, instead of those of this machine."""
    pins: Pins = PINS
    replicas: int | None = None
    hosts: tuple[str, ...] = ()
    """The machines of one engine, this one first."""
    extra: tuple[str, ...] = ()
    start_s: float | None = None
    dry: bool = False
    """Nothing is to be run, so that it may be for another machine."""
    shown: bool = True


def choose(wanted: Wanted) -> "Work":
    """The work that is meant. Raises CannotRun."""
    from dragoman.cli.plan import machine_of
    from dragoman.cli.planned import on_gpus
    from dragoman.machine import gpus
    from dragoman.runtime.work import tiny_work

    check_hosts(wanted)
    there, nodes = gpus.find(), len(wanted.hosts) or 1
    if wanted.gpus:
        named = machine_of(wanted.gpus, wanted.pins)
        if not wanted.dry and len(named.gpus) > len(there.gpus):
            raise CannotRun(
                f"{wanted.gpus} are not here: this machine has {len(there.gpus) or 'no'} GPUs. "
                "--dry-run shows what would be run on them"
            )
        if named.nodes > nodes:
            raise CannotRun(f"{wanted.gpus} are on {named.nodes} machines: name them with --host-list")
        work = on_gpus(wanted, replace(named, nodes=nodes), here=False)
    elif there.gpus:
        work = on_gpus(wanted, replace(machine_of("", wanted.pins), nodes=nodes), here=True)
    else:
        work = on_cpu(wanted) if wanted.model else tiny_work(wanted.replicas or 1, wanted.extra)
        work = work.changed(with_pins(work.deployment, wanted.pins))
    return on_hosts(replace(work, start_s=wanted.start_s), wanted)


def check_hosts(wanted: Wanted) -> None:
    """Raises CannotRun where what was said cannot be meant together."""
    if wanted.hosts and (wanted.replicas or 1) > 1:
        raise CannotRun("--host-list spreads one engine over machines, and --replicas makes several of one")


def on_hosts(work: "Work", wanted: Wanted) -> "Work":
    """The same on several machines. Raises CannotRun where it cannot or need not be spread over them."""
    hosts = wanted.hosts
    if not hosts:
        return work
    if work.device == "cuda" and work.deployment.layout.gpus <= len(work.gpus) and not wanted.pins.layout:
        raise CannotRun(
            f"{work.deployment.layout} fits on one machine, where it is faster: leave --host-list out, "
            "or pin --tp and --pp"
        )
    made = replace(work.deployment, nodes=len(hosts), replicas=1)
    if work.device == "cpu" and made.layout.gpus == 1:
        # Not in stages: on a CPU without compilation vLLM 0.32 has no buffers for what they pass on.
        made = replace(made, layout=replace(made.layout, tensor=len(hosts)))
    if made.layout.gpus % len(hosts):
        raise CannotRun(
            f"{made.layout} cannot be spread evenly over {len(hosts)} machines; pin --tp and --pp"
        )
    return replace(work, deployment=made, hosts=hosts)


def with_pins(made: "Deployment", pins: Pins) -> "Deployment":
    """What the user pinned, where nothing is planned."""
    from dragoman.model.deployment import Layout

    layout = Layout(pins.tp or 1, pins.pp or 1, pins.dp or 1, bool(pins.ep), pins.dcp or 1)
    return replace(
        made,
        layout=layout,
        max_model_len=pins.max_model_len or made.max_model_len,
        gpu_memory_utilization=pins.gpu_memory_utilization,
        max_num_batched_tokens=pins.max_num_batched_tokens,
        max_num_seqs=pins.max_num_seqs or made.max_num_seqs,
        kv_cache_dtype=pins.kv_cache_dtype,
        attention_backend=pins.attention_backend,
        quantization=pins.quant,
    )


def on_cpu(wanted: Wanted) -> "Work":
    """A model in a folder of this machine, on the CPU. Raises CannotRun."""
    from dragoman.model.deployment import AUTO_FIT, Deployment
    from dragoman.runtime.work import Work, for_cpu

    folder = Path(wanted.model).expanduser()
    if not folder.is_dir():
        raise CannotRun(
            f"this machine has no GPU, and {wanted.model} is no folder here; on the CPU only a model in a "
            f"folder is run. For others: `dragoman plan {shlex.quote(wanted.model)} --gpus 4xH100-80GB`"
        )
    if not (folder / "config.json").is_file():
        raise CannotRun(f"{folder} holds no model: there is no config.json in it")
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    if not size:
        raise CannotRun(f"{folder} holds no weights: there are no .safetensors files in it")
    made = Deployment(
        str(folder.resolve()),
        folder.resolve().name,
        replicas=wanted.replicas or 1,
        max_model_len=AUTO_FIT,
        extra=wanted.extra,
    )
    return Work(for_cpu(made), "cpu", size=size, here=True)


def prepare(steps: "Steps", work: "Work") -> "Environment":
    """Environment and model, made where they are missing."""
    from dragoman.engines import vllm
    from dragoman.runtime import environment

    plan = vllm.installation(work.device)
    steps.begin("Engine", f"{plan.name} {plan.version}")
    found = work.install(steps.report)
    steps.done(f"{plan.name} {found.version} in {environment.folder(plan)}")
    steps.begin("Model", work.deployment.served_name)
    steps.done(f"{work.deployment.served_name}, {TINY_IS}" if work.tiny else work.deployment.model)
    return found


def other_plan(
    work: "Work", launch: "Launch", gateway: int, number: int
) -> "Callable[[Launch, Failure], tuple[Launch, str] | None]":
    """What is changed of a launch that failed, if anything."""
    python, port = Path(launch.command.argv[0]), int(launch.url.rpartition(":")[2])

    def change(failed: "Launch", failure: "Failure") -> "tuple[Launch, str] | None":
        from dragoman.engines.vllm import causes
        from dragoman.planning import retry

        if failed.plan is None:
            return None
        found = retry.change(failed.plan, causes.causes(failure.lines), len(work.gpus) or None)
        if found is None and work.hosts and failure.late:
            found = told_more(failed.plan)
        if found is None:
            return None
        return work.changed(found[0]).launch(python, port, gateway, number), f"with {found[1]}."

    return change


def told_more(plan: "Deployment") -> "tuple[Deployment, str] | None":
    """Machines that wait for each other for ever say with this where, and seldom do it twice."""
    if "NCCL_DEBUG" in plan.environment:
        return None
    environment = {**plan.environment, "NCCL_DEBUG": "INFO"}
    return replace(plan, environment=environment), "NCCL_DEBUG=INFO, which lets the log say where they wait"


def explained(failure: "Failure") -> list[tuple[str, str]]:
    """What is known of a failure beyond its own words: the first error of each process, causes and mends."""
    from dragoman.engines.vllm import causes

    rows = []
    if len(failure.errors) > 1:
        rows = [(who.split(" ")[0] or "vLLM", what) for who, what in failure.errors.items()][:MOST]
    for found in causes.causes(failure.lines):
        if found.cause.kind in ("start", "running"):
            rows += [("Cause", f"{found.cause.what} {found.cause.why}"), ("Mend", found.mend)]
    return [("", ""), *rows, ("", "")] if rows else []


def dry_run(work: "Work") -> None:
    """Show what would be run, and run nothing."""
    from dragoman.engines import vllm
    from dragoman.runtime import environment

    python = environment.folder(vllm.installation(work.device)) / "bin" / "python"
    for number in range(work.deployment.replicas):
        launch = work.launch(python, 8000 + number, 4000, number)
        for host, command in [("", launch.command), *((each.host, each.command) for each in launch.members)]:
            variables = [
                f"{name}={shlex.quote(value)}" for name, value in sorted(command.environment.items())
            ]
            lead = [f"# on {host}\n"] if host else []
            print("".join(lead) + " ".join([*variables, shlex.join(command.argv)]))


def confirmed(work: "Work") -> bool:
    """Whether the user wants what was planned; asked only on a terminal."""
    if work.device == "cpu" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    import typer

    return typer.confirm("    Start it?", default=True, err=True)
