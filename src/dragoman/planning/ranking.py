"""Which of several verdicts is the best: the smallest layout that leaves room, then more replicas of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dragoman.model.hardware import Machine
from dragoman.planning import window
from dragoman.planning.quantization import EIGHT_BITS
from dragoman.planning.rules import NATIVE_FP4, Case, refined
from dragoman.planning.verdict import Subject, Verdict

PIPELINED = 0.75
"""What a window is worth where each token passes one GPU after the other: so much longer must it be."""


def best(verdicts: Iterable[Verdict], machine: Machine) -> Verdict | None:
    """The best of one model's; None where none fits."""
    fitting = [verdict for verdict in verdicts if verdict.fits]
    if not fitting:
        return None
    chosen = min(fitting, key=lambda verdict: rank(verdict, machine))
    return replicated(chosen, machine)


def replicated(verdict: Verdict, machine: Machine) -> Verdict:
    """As many engines of it as the GPUs of one machine hold; one that spans machines stays alone."""
    size = verdict.layout.gpus
    each = len(machine.gpus)
    return replace(verdict, replicas=max(1, each // size)) if 0 < size <= each else verdict


def rank(verdict: Verdict, machine: Machine) -> tuple[float, ...]:
    """Lower is better: first the window, then what the weights lose, then few GPUs and fast kernels."""
    native = verdict.subject.arch.context
    wanted = min(native, window.WANTED)
    comfortable = verdict.longest >= wanted * window.ROOMY or verdict.longest >= native * window.TIGHT
    layout = verdict.layout
    worth = PIPELINED if layout.pipeline > 1 else 1.0
    return (
        -min(verdict.window * worth, wanted),
        preference(verdict.subject, machine),
        not comfortable,
        layout.expert and machine.linked is False,
        layout.pipeline > 1,
        layout.gpus,
        layout.expert,
        layout.data > 1,
        layout.decode_context > 1,
        -verdict.longest,
    )


def preference(subject: Subject, machine: Machine) -> float:
    """How good the form of the weights is: eight bits lose next to nothing, four bits a little."""
    name = subject.scheme.name
    capability = machine.gpus[0].capability if machine.gpus else None
    order = {"bf16": 1.0, "mxfp4": 0.5, "int4": 0.5, "int8": 2.0}
    if name in EIGHT_BITS:
        return 0.0
    if name == "nvfp4":
        return 2.0 if capability and capability >= NATIVE_FP4 else 3.5
    return order.get(name, 3.0) + (0.2 if subject.choice.community else 0)


def notable(verdicts: Sequence[Verdict], chosen: Verdict) -> list[Verdict]:
    """What people would ask about: the same checkpoint in other layouts, and the best of each other one."""
    own = [v for v in verdicts if v.subject is chosen.subject and v.layout != chosen.layout]
    others: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.subject is not chosen.subject:
            others.setdefault(verdict.subject.checkpoint.id, []).append(verdict)
    return [*_layouts(own), *(min(some, key=_order) for some in others.values())]


def _layouts(own: Sequence[Verdict], most: int = 6) -> list[Verdict]:
    """Plain layouts, whole experts where slices are refused, and what shares out the cache."""
    refused = {verdict.layout.tensor for verdict in own if _plain(verdict) and verdict.error}
    kept = [v for v in own if _plain(v) or (v.layout.expert and v.layout.tensor in refused and _single(v))]
    rest = [v for v in own if v not in kept and v.fits and (not v.layout.expert or v.layout.data > 1)]
    roomy = sorted(rest, key=lambda v: -v.longest)[: max(1, most - len(kept))]
    return sorted([*kept, *roomy], key=lambda v: (not _plain(v), v.layout.gpus))


def _plain(verdict: Verdict) -> bool:
    return not verdict.layout.expert and _single(verdict)


def _single(verdict: Verdict) -> bool:
    layout = verdict.layout
    return layout.pipeline == layout.data == layout.decode_context == 1


def _order(verdict: Verdict) -> tuple[float, ...]:
    nearest = verdict.memory.available if verdict.memory else 0.0
    return (
        verdict.fits is not True,
        verdict.error is not None,
        -verdict.window,
        -nearest if not verdict.fits else 0.0,
        not _plain(verdict),
        verdict.layout.gpus,
    )


def slow_kernels(verdict: Verdict) -> int | None:
    """The block that FP8 scales are refined to, which only slower kernels take."""
    case = Case(verdict.subject.arch, verdict.subject.scheme, verdict.layout, verdict.settings)
    return refined(case)
