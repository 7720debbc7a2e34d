"""How long work tells of itself: small values to a callback, which a command line can draw as it likes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` names what is being done; `done` and `total` are bytes, or pieces, where they are known.

    The step `milestone` is over, and worth remembering.
    """

    step: str
    detail: str = ""
    done: int | None = None
    total: int | None = None
    unit: Literal["bytes", "pieces"] = "bytes"


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A report that nobody reads."""
