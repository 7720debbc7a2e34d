"""What was made of a value, remembered by the value's identity: for large values that come again and again.

Hashing or comparing such a value would cost as much as making the thing anew.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByIdentity(Generic[K, V]):
    """Calls `make` once for each of the latest `size` values. They must not change."""

    def __init__(self, make: Callable[[K], V], size: int = 64) -> None:
        self._make = make
        self._size = size
        self._known: dict[int, tuple[K, V]] = {}

    def __call__(self, value: K) -> V:
        known = self._known.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        made = self._make(value)
        if len(self._known) >= self._size:
            self._known.pop(next(iter(self._known)))
        self._known[id(value)] = value, made
        return made
