"""Which form of a model's weights is run: a checkpoint's own, a published one that is pinned, or 16 bits
that the engine quantizes as it loads them.
"""

from collections.abc import Sequence

from dragoman.planning.catalogue import Choice, choices, scheme_of
from dragoman.planning.quantization import FP8_ONLINE, FP8_ONLINE_BLOCK, Scheme, named
from dragoman.planning.reading import read
from dragoman.planning.verdict import Subject
from dragoman.planning.weights import stored

AS_LOADED = {"fp8": FP8_ONLINE, "fp8-block": FP8_ONLINE_BLOCK}
"""What the engine can make of 16-bit weights itself."""


def subject_of(choice: Choice, scheme: Scheme | None = None, note: str = "") -> Subject:
    """A checkpoint, read, in its own form or in another. Raises UnknownConfig."""
    arch = read(choice.checkpoint.config)
    own = scheme_of(choice, arch)
    used = scheme or own
    # What headers and sizes say holds for the checkpoint's own form alone.
    checkpoint = choice.checkpoint if used == own else None
    return Subject(choice, arch, used, stored(arch, used, checkpoint), note)


def subjects(offered: Sequence[Choice], quant: str) -> list[Subject]:
    """What may be run of these: all as they are, or in the form that is pinned. Raises UnknownConfig."""
    own = [subject_of(choice) for choice in offered]
    if not quant or not own:
        return own
    fitting = [subject for subject in own if _is(subject, _wanted(subject, quant))]
    if fitting:
        return fitting
    return [made for subject in own if (made := _pinned(subject, quant, alone=len(own) == 1))]


def _wanted(subject: Subject, quant: str) -> Scheme:
    return named(quant, hybrid=subject.arch.linear is not None)


def _is(subject: Subject, wanted: Scheme) -> bool:
    return subject.scheme.name == wanted.name or (wanted.name, subject.scheme.name) == ("fp8", "fp8-block")


def _pinned(own: Subject, quant: str, alone: bool) -> Subject | None:
    """A checkpoint that is stored in another form than the pinned one."""
    wanted, choice = _wanted(own, quant), own.choice
    if not _known(choice):
        return subject_of(choice, wanted)
    if own.scheme.name == "bf16" and wanted.flag:
        return subject_of(choice, wanted)
    if alone and (sibling := _sibling(choice, wanted)):
        return sibling
    if own.scheme.name == "bf16":
        made = AS_LOADED.get(wanted.name, wanted)
        note = (
            ""
            if made.flag
            else f"No checkpoint of it in {wanted.name} is known; the plan holds for such a one."
        )
        return subject_of(choice, made, note)
    if not alone:
        return None
    id, form = choice.checkpoint.id, own.scheme.name
    return subject_of(choice, None, f"{id} is stored as {form}, and served as that, not as {wanted.name}.")


def _known(choice: Choice) -> bool:
    """Whether it is a certain checkpoint, and not a config that may be of several."""
    return bool(choice.model or choice.checkpoint.size or choice.checkpoint.tensors)


def _sibling(choice: Choice, wanted: Scheme) -> Subject | None:
    """Another checkpoint of the same model, in the wanted form."""
    for other in choices(choice.model) if choice.model else ():
        found = subject_of(other)
        if _is(found, wanted):
            note = f"{choice.checkpoint.id} is stored otherwise; {other.checkpoint.id} is the same model so."
            return subject_of(other, None, note)
    return None
