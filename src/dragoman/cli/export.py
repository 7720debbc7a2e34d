"""`dragoman export TARGET`: the plan's deployment as files, to the screen or into a folder."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.pins import pinned
from dragoman.cli.screen import show, warn

if TYPE_CHECKING:
    from dragoman.exports import File, Target
    from dragoman.machine.checkpoints import Where
    from dragoman.model.deployment import Deployment
    from dragoman.planning.pins import Pins


@pinned
def export(  # noqa: PLR0913, PLR0917 - one parameter per option
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Such as sh, systemd or compose.")],
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="A hub's id, a folder, or a model's usual name.")
    ] = "",
    gpus: Annotated[
        str, typer.Option(metavar="GPUS", help="Plan for these: 4xH20-96GB. Without: those of this machine.")
    ] = "",
    nodes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So many such machines may hold one engine.")
    ] = None,
    replicas: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So many engines of the same model.")
    ] = None,
    cpu: Annotated[bool, typer.Option("--cpu", help="For a CPU, without a plan.")] = False,
    model_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The model's config.json; nothing else is read.")
    ] = None,
    hub: Annotated[
        str, typer.Option(metavar="NAME", help="huggingface or modelscope; read the model's own files there.")
    ] = "",
    revision: Annotated[
        str, typer.Option(metavar="NAME", help="A branch, tag or commit of the model on its hub.")
    ] = "",
    served_name: Annotated[str, typer.Option(metavar="NAME", help="What the engine calls the model.")] = "",
    engine_arg: Annotated[
        list[str] | None,
        typer.Option("--engine-arg", metavar="ARG", help="An argument for vllm serve, as it is; repeatable."),
    ] = None,
    host_list: Annotated[
        str, typer.Option(metavar="HOST,HOST", help="Addresses of the machines, replica by replica.")
    ] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="Of units, jobs and objects.")] = "",
    engine_port: Annotated[
        int, typer.Option(metavar="N", min=1, max=65535, help="The engine's; replicas have the next ones.")
    ] = 8000,
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="The gateway's.")] = 4000,
    vllm: Annotated[str, typer.Option(metavar="PATH", help="The program vllm there.")] = "",
    dragoman: Annotated[str, typer.Option(metavar="PATH", help="The program dragoman there.")] = "",
    image: Annotated[str, typer.Option(metavar="IMAGE", help="vLLM's image.")] = "",
    gateway_image: Annotated[str, typer.Option(metavar="IMAGE", help="The gateway's image.")] = "",
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Write the files there.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    *,
    pins: "Pins",
) -> int:
    """Write the plan's deployment as files for TARGET: a start script, units, manifests."""
    from dragoman.exports import Options
    from dragoman.machine.checkpoints import Where

    renders = find(target)
    where = Where(hub, revision, model_config)
    made = on_cpu(model, pins) if cpu else planned(model, where, gpus, (nodes, replicas), pins)
    made = replace(
        made,
        served_name=served_name or made.served_name,
        replicas=replicas or made.replicas,
        extra=(*made.extra, *(engine_arg or ())),
    )
    options = Options(
        name=name,
        device="cpu" if cpu else "cuda",
        engine_port=engine_port,
        gateway_port=port,
        hosts=tuple(filter(None, (host.strip() for host in host_list.split(",")))),
        vllm=vllm,
        dragoman=dragoman,
        image=image,
        gateway_image=gateway_image,
    )
    files = renders.render(made, options)
    write(files, folder, force) if folder else say(files)
    return 0


def find(name: str) -> "Target":
    """The target of that name, out of the folder."""
    from dragoman import exports, folder

    try:
        target: Target = folder.load(exports, name)
    except KeyError:
        known = ", ".join(folder.names(exports))
        raise typer.BadParameter(f"there is no {name!r}; there are {known}", param_hint="TARGET") from None
    return target


def planned(
    model: str, where: "Where", gpus: str, counts: tuple[int | None, int | None], pins: "Pins"
) -> "Deployment":
    """The plan's deployment; `counts` are machines and replicas. Raises CannotRun where it does not fit."""
    from dragoman.cli.plan import machine_of, make, measured
    from dragoman.cli.planned import part_of
    from dragoman.cli.preparing import CannotRun
    from dragoman.engines import vllm

    nodes, replicas = counts
    pins = replace(pins, engine_version=pins.engine_version or vllm.VERSION)
    machine = machine_of(gpus, pins)
    machine = replace(machine, nodes=nodes or machine.nodes)
    correct = None if gpus else measured(machine)
    own = machine if machine.nodes > 1 else part_of(machine, replicas)
    made = make(model, own, pins, where, bool(where.hub or where.revision), correct)
    if made.fits is False:
        raise CannotRun(made.error or f"{made.deployment.model} does not fit: {made.verdict.reason}")
    if made.fits is None:
        warn("whether it fits is not known, for want of facts; the engine will say it")
    return made.deployment


def on_cpu(model: str, pins: "Pins") -> "Deployment":
    """Nothing is planned for a CPU: the model as it is, with its family's parsers."""
    from dragoman import folder
    from dragoman.engines import vllm
    from dragoman.model.deployment import Deployment
    from dragoman.model.profile import choose

    if not model:
        raise typer.BadParameter("--cpu wants a model", param_hint="MODEL")
    profile = choose(folder.profiles(), model)
    return Deployment(
        model=model,
        served_name=model.rstrip("/").rpartition("/")[2] or model,
        max_model_len=pins.max_model_len,
        tool_parser=profile.tool_parser,
        reasoning_parser=profile.reasoning_parser,
        engine_version=pins.engine_version or vllm.VERSION,
    )


def say(files: Mapping[str, "File"]) -> None:
    """A single file to the screen, byte for byte: a script with other line ends would not run."""
    if len(files) > 1:
        raise typer.BadParameter(f"these are {len(files)} files; say where: -o FOLDER", param_hint="-o")
    for file in files.values():
        sys.stdout.buffer.write(file.text.encode())


def write(files: Mapping[str, "File"], folder: Path, force: bool) -> None:
    """All files below the folder, or none where one is there already."""
    there = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if there and not force:
        raise typer.BadParameter(
            f"{', '.join(there)} in {folder} would be written over; --force does it", param_hint="-o"
        )
    for path, file in files.items():
        own = folder / path
        own.parent.mkdir(parents=True, exist_ok=True)
        own.unlink(missing_ok=True)
        with own.open("x", encoding="utf-8", newline="") as opened:
            opened.write(file.text)
        if file.executable:
            own.chmod(0o755)
    show(("Written", str(folder / path)) for path in files)
