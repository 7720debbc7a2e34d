"""Cards by name: `4xH20-96GB` becomes a machine. The table comes in from `catalogue/cards.toml`.

Memory is what the driver shows: a size that a card is sold with is turned into it, any other stated size is
taken as it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from dragoman.model.hardware import Gpu, Machine

GIB = 1 << 30
SHOWN = 0.98
"""The share of its stated memory that a card of no table shows."""


class UnknownCard(ValueError):
    """The text names no card, or one without a known memory; the message says what to write."""


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """One card, or several alike. Units are those of the table: GiB, TB/s, TFLOPs, GB/s."""

    names: tuple[str, ...]
    nominal: float
    memory: float
    also: tuple[float, ...] = ()
    """Other sizes that people state for it."""
    capability: tuple[int, int] | None = None
    bandwidth: float | None = None
    bf16: float | None = None
    fp8: float | None = None
    fp4: float | None = None
    nvlink: bool = False
    """Every two of them in a machine are linked directly."""
    link: float = 0
    amd: bool = False
    measured: bool = False
    """The speed model was fitted on it."""
    unverified: bool = False

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def label(self) -> str:
        """How to write it after `--gpus`."""
        return f"{self.name.replace(' ', '')}-{self.nominal:g}GB"


@dataclass(frozen=True, slots=True)
class Named:
    """What a text named: counts, the card's own words, and the memory that it states, in GiB or GB."""

    nodes: int
    count: int
    name: str
    memory: float | None
    exact: bool


_NODES = re.compile(r"^(\d+)\s*nodes?\s*(?:of|each|with|[x×*])?\s*", re.IGNORECASE)
_COUNT = re.compile(r"^(\d+)\s*[x×*]\s*", re.IGNORECASE)
_COUNT_LAST = re.compile(r"^([a-z].*?)\s*[x×*]\s*(\d+)$", re.IGNORECASE)
_ANY = re.compile(r"^(?:(\d+)\s*)?(?:any|gpus?|cards?|unknown|\?)$", re.IGNORECASE)
_MEMORY = re.compile(r"[-\s@:_/]+(\d+(?:\.\d+)?)\s*(gib|gb|g)?$", re.IGNORECASE)
_VENDOR = re.compile(
    r"\b(nvidia|geforce|tesla|quadro|amd|instinct|radeon|blackwell|workstation|server|edition|generation|"
    r"hbm2e?|hbm3e?|gpus?|oam|tensor core|accelerator|graphics|laptop)\b"
)


def machine(text: str, cards: Sequence[Card]) -> Machine:
    """The GPUs that a text like `4xH20-96GB` names. Raises UnknownCard."""
    found = split(text)
    if _ANY.match(found.name) or not found.name:
        memory = round(found.memory * GIB) if found.memory else 0
        return Machine((Gpu("unknown", memory),) * found.count, nodes=found.nodes)
    card = match(found.name, found.memory, cards)
    if card is None and found.memory is None:
        known = ", ".join(dict.fromkeys(card.name for card in cards))
        raise UnknownCard(
            f"{found.name!r} is no card that plan knows; state its memory, as in {found.count}x"
            f"{found.name.replace(' ', '')}-24GB. Known: {known}"
        )
    gpu = Gpu(
        name=card.name if card else found.name,
        memory=_memory(found, card),
        capability=card.capability if card else None,
    )
    linked = card.nvlink if card and found.count > 1 else None
    return Machine((gpu,) * found.count, linked=linked, nodes=found.nodes)


def sized(found: Machine, wanted: int) -> Machine:
    """GPUs of no name and no number are as many as the layout takes."""
    if len(found.gpus) == 1 and found.nodes == 1 and not found.gpus[0].memory and wanted > 1:
        return Machine(found.gpus * wanted, found.linked)
    return found


def split(text: str) -> Named:
    """The pieces of a text like `2 nodes x 4xRTX5090-32`. Raises UnknownCard."""
    rest = re.sub(r"\(\s*(\d+(?:\.\d+)?\s*gi?b?)\s*\)", r"-\1", text, flags=re.IGNORECASE)
    rest = re.sub(r"\([^)]*\)", " ", rest).strip()
    if found := _COUNT_LAST.match(rest):
        rest = f"{found[2]}x{found[1]}"
    if "," in rest or "+" in rest:
        raise UnknownCard(
            f"{text!r} names several kinds of GPUs; one engine runs on one kind: plan each alone"
        )
    nodes, counts = 1, []
    if found := _NODES.match(rest):
        nodes, rest = int(found[1]), rest[found.end() :]
    while found := _COUNT.match(rest):
        counts.append(int(found[1]))
        rest = rest[found.end() :]
    if (found := _ANY.match(rest)) and found[1]:
        counts.append(int(found[1]))
        rest = "any"
    if len(counts) == 2:
        nodes, counts = nodes * counts[0], counts[1:]
    if len(counts) > 1 or 0 in (nodes, *counts) or not rest or nodes * (counts or [1])[0] > 4096:
        raise UnknownCard(f"{text!r} names no GPUs; write a number and a card, as in 4xH20-96GB")
    memory = _MEMORY.search(rest)
    if memory and not memory[2] and float(memory[1]) > 1000:
        memory = None
    memory = memory or re.search(r"\b(\d+(?:\.\d+)?)\s*(gib|gb)\b()", rest, re.IGNORECASE)
    if memory is None:
        return Named(nodes, (counts or [1])[0], rest.strip(), None, False)
    size = float(memory[1])
    exact = (memory[2] or "").lower() == "gib" or not size.is_integer()
    return Named(nodes, (counts or [1])[0], rest[: memory.start()].strip(), size, exact)


def match(name: str, memory: float | None, cards: Iterable[Card]) -> Card | None:
    """The card of that name, the one whose size is nearest to `memory` where several have it."""
    wanted = _key(name)
    same = [card for card in cards if any(_key(own) == wanted for own in card.names)]
    if not same:
        # A driver's name has more words than ours.
        some = [(len(_key(own)), card) for card in cards for own in card.names if _within(_key(own), wanted)]
        longest = max((length for length, _ in some), default=0)
        same = [card for length, card in some if length == longest]
    if not same or memory is None:
        return same[0] if same else None
    near = min(same, key=lambda card: min(abs(size - memory) for size in _sizes(card)))
    return near if min(abs(size - memory) / size for size in _sizes(near)) < 0.1 else None


def card_of(gpu: Gpu, cards: Iterable[Card]) -> Card | None:
    """The card that a found GPU is; None where no table has it, or has it with another memory."""
    return match(gpu.name, gpu.memory / GIB, cards) if gpu.memory else None


def _memory(found: Named, card: Card | None) -> int:
    if found.memory is None:
        assert card
        return round(card.memory * GIB)
    if found.exact:
        return round(found.memory * GIB)
    if card and any(abs(found.memory - size) < 0.6 for size in (card.nominal, *card.also)):
        return round(card.memory * GIB)
    return round(found.memory * GIB * (1 if card else SHOWN))


def _sizes(card: Card) -> tuple[float, ...]:
    return (card.nominal, card.memory, *card.also)


def _key(name: str) -> str:
    """A name without the vendor's words, sizes and signs."""
    words = _VENDOR.sub(" ", re.sub(r"[-_/]", " ", name.lower()))
    words = re.sub(r"\b\d+\s*gi?b\b", " ", words)
    return re.sub(r"[^a-z0-9]", "", words)


def _within(own: str, wanted: str) -> bool:
    """Whether a card's name starts what is written, and no further digit makes it another card."""
    rest = wanted.removeprefix(own)
    return bool(own) and rest != wanted and not rest[:1].isdigit()
