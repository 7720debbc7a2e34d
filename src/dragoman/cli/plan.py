"""`dragoman plan`: the right deployment of a model on these GPUs, with reasons; for people, or as JSON."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.screen import warn

if TYPE_CHECKING:
    from dragoman.machine.checkpoints import Where
    from dragoman.model.checkpoint import Checkpoint
    from dragoman.model.hardware import Machine
    from dragoman.planning.catalogue import Resolved
    from dragoman.planning.pins import Pins
    from dragoman.planning.plan import Plan
    from dragoman.planning.verdict import Correct
    from dragoman.progress import Progress

LEARN = "name the GPUs, as in --gpus 4xH20-96GB"


def plan(  # noqa: PLR0913, PLR0917 - one parameter per option
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="A hub's id, a folder, or a model's usual name.")
    ] = "",
    gpus: Annotated[
        str, typer.Option(metavar="GPUS", help="Plan for these: 4xH20-96GB. Without: those of this machine.")
    ] = "",
    model_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The model's config.json; nothing else is read.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    quant: Annotated[
        str, typer.Option(metavar="NAME", help="bf16, fp8, fp8-block, awq, gptq, nvfp4 ...")
    ] = "",
    tp: Annotated[int | None, typer.Option(metavar="N", min=1, help="Tensor parallel size.")] = None,
    pp: Annotated[int | None, typer.Option(metavar="N", min=1, help="Pipeline parallel size.")] = None,
    ep: Annotated[bool | None, typer.Option("--ep/--no-ep", help="Expert parallelism.")] = None,
    dp: Annotated[int | None, typer.Option(metavar="N", min=1, help="Data parallel size.")] = None,
    dcp: Annotated[int | None, typer.Option(metavar="N", min=1, help="Decode context parallel size.")] = None,
    max_model_len: Annotated[
        int | None, typer.Option(metavar="N", help="The window, in tokens; -1: what fits.")
    ] = None,
    gpu_memory_utilization: Annotated[
        float | None, typer.Option(metavar="SHARE", help="As vLLM's option of that name.")
    ] = None,
    max_num_batched_tokens: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="As vLLM's option of that name.")
    ] = None,
    max_num_seqs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="As vLLM's option of that name.")
    ] = None,
    kv_cache_dtype: Annotated[str, typer.Option(metavar="NAME", help="fp8 halves the KV cache.")] = "",
    enforce_eager: Annotated[bool, typer.Option("--enforce-eager", help="Without CUDA graphs.")] = False,
    attention_backend: Annotated[str, typer.Option(metavar="NAME", help="As vLLM's option.")] = "",
    engine: Annotated[str, typer.Option(metavar="NAME", help="The engine: vllm.")] = "vllm",
    engine_version: Annotated[
        str, typer.Option(metavar="VERSION", help="The engine's version; without, rules of all hold.")
    ] = "",
    read_hub: Annotated[
        bool, typer.Option("--read-hub", help="Read the model's own files, even where the table knows it.")
    ] = False,
    hub: Annotated[
        str, typer.Option(metavar="NAME", help="huggingface or modelscope; read the model's own files there.")
    ] = "",
    revision: Annotated[
        str, typer.Option(metavar="NAME", help="A branch, tag or commit of the model on its hub.")
    ] = "",
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Judge this start script of vLLM instead, and mend it; - is stdin."
        ),
    ] = None,
) -> int:
    """Work out how to serve a model on these GPUs: what fits, in which layout, how long and fast, and why."""
    from dragoman.machine.checkpoints import Where
    from dragoman.planning.pins import Pins

    if judge is not None:
        from dragoman.cli.judge import judge as judged

        return judged(judge, as_json)
    if engine != "vllm":
        raise typer.BadParameter(f"plan knows the engine vllm, not {engine!r}")
    if max_model_len is not None and max_model_len < 1 and max_model_len != -1:
        raise typer.BadParameter(
            "a window is a number of tokens, or -1 for what fits", param_hint="--max-model-len"
        )
    pins = Pins(
        quant=quant,
        tp=tp,
        pp=pp,
        ep=ep,
        dp=dp,
        dcp=dcp,
        max_model_len=max_model_len,
        gpu_memory_utilization=gpu_memory_utilization,
        max_num_batched_tokens=max_num_batched_tokens,
        max_num_seqs=max_num_seqs,
        kv_cache_dtype=kv_cache_dtype,
        enforce_eager=enforce_eager,
        attention_backend=attention_backend,
        engine_version=engine_version,
    )
    machine = machine_of(gpus, pins)
    where = Where(hub, revision, model_config)
    read_hub = read_hub or bool(hub or revision)
    made = make(model, machine, pins, where, read_hub, None if gpus else measured(machine))
    from dragoman.cli import plan_view

    if as_json:
        print(plan_view.as_json(made))
    else:
        plan_view.show(made)
    return 0


def make(
    model: str,
    machine: "Machine",
    pins: "Pins",
    where: "Where | None" = None,
    read_hub: bool = False,
    correct: "Correct | None" = None,
) -> "Plan":
    """The plan; whatever the user gave that cannot be is a BadParameter of one sentence.

    `where` says where to look for the model, `read_hub` that the built-in table is not enough, `correct` what
    was measured on this machine.
    """
    from dragoman import folder
    from dragoman.planning import choice
    from dragoman.planning.plan import Task
    from dragoman.planning.plan import plan as think

    try:
        if not model and (where is None or where.config is None):
            return choice.best(folder.models(), machine, pins, folder.cards(), folder.profiles())
        task = Task(
            resolve(model, where, read_hub), machine, pins, folder.cards(), folder.profiles(), correct
        )
        made = from_hub(think(task), where)
        return made if made.fits is not False else choice.advise(made, folder.models(), task)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def from_hub(made: "Plan", where: "Where | None") -> "Plan":
    """The plan with what tells the engine to take the model from where it was read."""
    from dataclasses import replace

    from dragoman.engines.vllm.serve import arguments

    if where is None or not (where.hub or where.revision):
        return made
    deployment, reasons = made.deployment, made.reasons
    if where.revision:
        deployment = replace(deployment, extra=(*deployment.extra, "--revision", where.revision))
    if where.hub == "modelscope":
        variables = {**deployment.environment, "VLLM_USE_MODELSCOPE": "True"}
        deployment = replace(deployment, environment=variables)
        reasons = (
            *reasons,
            "vLLM takes it from ModelScope with VLLM_USE_MODELSCOPE=True and modelscope installed.",
        )
    argv = ("vllm", "serve", *arguments(deployment))
    return replace(made, deployment=deployment, argv=argv, reasons=reasons)


def measured(machine: "Machine") -> "Correct":
    """What earlier starts on this machine say of a deployment."""
    from dragoman.machine.measurements import Shelf

    shelf = Shelf(machine.gpus)
    for note in shelf.notes:
        warn(note)
    return shelf.correct


def machine_of(gpus: str, pins: "Pins") -> "Machine":
    """The GPUs that were named, else those of this machine."""
    from dragoman import folder
    from dragoman.machine.gpus import find
    from dragoman.planning import cards

    try:
        if gpus:
            return cards.sized(
                cards.machine(gpus, folder.cards()), (pins.tp or 1) * (pins.pp or 1) * (pins.dp or 1)
            )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    found = find()
    if not found.gpus:
        raise typer.BadParameter(f"no GPU was found on this machine; {LEARN}")
    if len({(gpu.name, gpu.memory) for gpu in found.gpus}) > 1:
        warn("the GPUs of this machine differ; the plan takes all as the smallest")
        smallest = min(found.gpus, key=lambda gpu: gpu.memory)
        return replace(found, gpus=(smallest,) * len(found.gpus))
    return found


def resolve(model: str, where: "Where | None", read_hub: bool) -> "Resolved":
    """What the name means: a config that was given, a folder, the built-in table, else the hub."""
    from dragoman import folder
    from dragoman.machine.checkpoints import CheckpointError
    from dragoman.planning import catalogue

    config = where.config if where else None

    known = None if config or Path(model).exists() else catalogue.resolve(model, folder.models())
    if known and (not read_hub or not known.exact):
        return known
    try:
        found = looked_up(model, where)
    except CheckpointError as error:
        like = ", ".join(catalogue.similar(model, folder.models())) if config is None else ""
        hint = " Without a hub, --model-config FILE plans from a config.json" if config is None else ""
        hint += f"; the built-in table has {like}." if like else "." if hint else ""
        raise typer.BadParameter(f"{error}{hint}") from None
    return catalogue.single(found, folder.models())


def looked_up(model: str, where: "Where | None") -> "Checkpoint":
    """The model's own description; a terminal shows how far reading it is. Raises CheckpointError."""
    from rich.console import Console
    from rich.markup import escape

    from dragoman.machine.checkpoints import find

    with Console(stderr=True).status(escape(f"reading {model}")) as status:

        def report(progress: "Progress") -> None:
            status.update(escape(f"reading {model}: {progress.done} of {progress.total} files of weights"))

        return find(model, where, report)
