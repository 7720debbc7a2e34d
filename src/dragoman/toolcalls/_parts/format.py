"""What a format says of itself. A module of `dragoman.toolcalls` holds one as `FORMAT`."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from dragoman.toolcalls._parts.bare import STARTS
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.grammar import Grammar
from dragoman.toolcalls._parts.source import Reading
from dragoman.toolcalls._parts.wording import Wording

Reader = Callable[[Calls, str], Reading[None]]
"""Reads what follows an opener, which was taken and is given; takes the closer too.

Raises NotACall where what follows is no call, and Unfinished where the text ends in it.
"""

NONE: Mapping[str, Reader] = {}


class Thinking(Struct, frozen=True):
    """A pair of tags round reasoning. `anywhere`: no prose ever holds the opening one."""

    opens: str
    closes: str
    anywhere: bool = False


THINK = Thinking("<think>", "</think>")


class Format(Struct, frozen=True):
    """How one family writes calls.

    `openers` begin a call for certain; `leaks` only where the tool is on offer. `starts` begin one
    only where nothing but white space came before. `frames` are read also where no tools are on offer.
    `own` are those openers and leaks that are looked for in this family only.
    `closers` may be left over after a call, `noise` is dropped wherever it stands. `others` are the
    names that this format goes by elsewhere. `grammar` is what an engine can enforce of it, `wording`
    how the family is told of tools in text.
    """

    openers: Mapping[str, Reader] = NONE
    leaks: Mapping[str, Reader] = NONE
    starts: Mapping[str, Reader] = STARTS
    frames: Mapping[str, Reader] = NONE
    own: tuple[str, ...] = ()
    thinking: tuple[Thinking, ...] = (THINK,)
    closers: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    grammar: Grammar | None = None
    wording: Wording | None = None


def merged(first: Format, rest: Iterable[Format]) -> Format:
    """`first` with what the other formats know, where it does not know better."""
    openers, leaks, thinking = dict(first.openers), dict(first.leaks), list(first.thinking)
    frames, closers, noise = dict(first.frames), list(first.closers), list(first.noise)
    for other in rest:
        for opener, reader in {**other.openers, **other.leaks}.items():
            if opener not in openers and len(opener) > 1 and opener not in other.own:
                leaks.setdefault(opener, reader)
        known = {pair.opens for pair in thinking}
        thinking += [pair for pair in other.thinking if pair.opens not in known]
        frames = {**other.frames, **frames}
        closers += other.closers
        noise += other.noise
    return replace(
        first,
        openers=openers,
        leaks=leaks,
        frames=frames,
        thinking=tuple(thinking),
        closers=tuple(closers),
        noise=tuple(noise),
    )
