"""How long work tells of itself: small values to a callback, which a command line can draw as it likes."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` names what is being done; `done` and `total` are bytes where they are known."""

    step: str
    detail: str = ""
    done: int | None = None
    total: int | None = None


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A report that nobody reads."""
