"""The tags of a family that writes calls as markup, and what of them may follow what."""

from functools import lru_cache

from msgspec import Struct

from dragoman.toolcalls._parts.scanner import Scanner, scanner
from dragoman.toolcalls._parts.source import END


class Form(Struct, frozen=True):
    """The tags of a family; of each kind the first is the family's own, the others are tolerated.

    `calls` and `parameters` are the beginnings of tags, up to the name; `name_ends` and `key_ends`
    end them. `padded`: one line end on each side of a value belongs to the tags. `spoilt` are misspelt
    closers of a value, which only count where the call goes on or ends for certain.
    """

    calls: tuple[str, ...]
    parameters: tuple[str, ...]
    value_closes: tuple[str, ...]
    call_closes: tuple[str, ...]
    block_closes: tuple[str, ...] = ()
    block_opens: tuple[str, ...] = ()
    name_ends: tuple[str, ...] = (">",)
    key_ends: tuple[str, ...] = (">",)
    value_opens: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
    padded: bool = False
    entities: bool = False
    """Whether names and keys stand in their tags as XML would have them."""

    @property
    def quotes(self) -> bool:
        """Whether keys are attributes in quotes."""
        return self.parameters[0].endswith((" name=", " key="))

    @property
    def closers(self) -> tuple[str, ...]:
        return (*self.call_closes, *self.block_closes)

    @property
    def enders(self) -> Scanner:
        """Finds what may end a value, with the line end before it where that is the tags' own."""
        return _enders(self)

    def after_value(self) -> list[tuple[str, ...]]:
        """What may follow the closer of a value."""
        return _after_value(self)

    def after_spoilt(self) -> list[tuple[str, ...]]:
        """What must follow a misspelt closer of a value."""
        ends: list[tuple[str, ...]] = [
            (close, then) for close in self.block_closes for then in (*self.block_opens, END)
        ]
        ends += [(parameter,) for parameter in self.parameters]
        return [*ends, *((close, *end) for close in self.call_closes for end in [*ends, (END,)])]

    def after_all(self, literal: str) -> list[tuple[str, ...]]:
        """What may follow a closer of the call or block where the value's own is missing."""
        ends: list[tuple[str, ...]] = [(END,), *((opener,) for opener in self.block_opens)]
        if literal in self.call_closes:
            ends += [(close, *end) for close in self.block_closes for end in ends]
        return ends


@lru_cache(maxsize=64)
def _enders(form: Form) -> Scanner:
    others = [*form.parameters, *form.call_closes, *form.block_closes]
    closes = [*form.value_closes, *form.spoilt]
    literals = [*closes, *others, *(f"\n{literal}" for literal in others)]
    if form.padded:
        literals += [f"\n{closer}" for closer in closes]
    return scanner(frozenset(literals))


@lru_cache(maxsize=64)
def _after_value(form: Form) -> list[tuple[str, ...]]:
    ends = (*form.parameters, *form.call_closes, *form.calls, *form.block_opens, END)
    found: list[tuple[str, ...]] = [(end,) for end in ends]
    for close in form.block_closes:
        # The first two openers are the family's own.
        found += [(close, then) for then in (*form.block_opens[:2], END)] if form.call_closes else [(close,)]
    return found
