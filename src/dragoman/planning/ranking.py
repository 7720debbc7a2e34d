"""Which of several verdicts is the best: the smallest layout that leaves room, then more replicas of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dragoman.model.hardware import Machine
from dragoman.planning import window
from dragoman.planning.quantization import EIGHT_BITS
from dragoman.planning.rules import NATIVE_FP4, refined
from dragoman.planning.verdict import Subject, Verdict


def best(verdicts: Iterable[Verdict], machine: Machine) -> Verdict | None:
    """The best of one model's; None where none fits. Raises nothing."""
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
    return (
        -min(verdict.window, wanted),
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


def notable(verdicts: Sequence[Verdict], chosen: Verdict | None, most: int = 8) -> list[Verdict]:
    """The verdicts that people would ask about: one per form and layout, the refused ones last."""
    others = [verdict for verdict in verdicts if not _same(verdict, chosen)]
    order = sorted(others, key=lambda v: (v.fits is not True, v.error is not None, v.layout.gpus, -v.longest))
    seen: set[tuple[object, ...]] = set()
    kept = []
    for verdict in order:
        key = (verdict.subject.checkpoint.id, verdict.layout.tensor, verdict.layout.expert, verdict.fits)
        if (
            verdict.layout.decode_context > 1
            or key in seen
            or (verdict.layout.pipeline > 1 and verdict.error)
        ):
            continue
        seen.add(key)
        kept.append(verdict)
    return kept[:most]


def slow_kernels(verdict: Verdict) -> int | None:
    """The block that FP8 scales are refined to, which only slower kernels take."""
    from dragoman.planning.rules import Case

    case = Case(verdict.subject.arch, verdict.subject.scheme, verdict.layout, verdict.settings)
    return refined(case)


def _same(verdict: Verdict, other: Verdict | None) -> bool:
    return (
        other is not None
        and verdict.layout == other.layout
        and verdict.subject.checkpoint.id == other.subject.checkpoint.id
    )
