"""What was made of a value, remembered: for large values that come again, such as a session's history."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByIdentity(Generic[K, V]):
    """Calls `make` once for each of the latest `size` values, by their identity; they must not change."""

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


class ByBytes(Generic[V]):
    """Calls `make` once for each of the latest bytes, as many as are `budget` together.

    Hashing them whole would cost half of what is saved, so only their ends are hashed; then all is compared.
    """

    def __init__(self, make: Callable[[bytes], V], budget: int) -> None:
        self._make = make
        self._room = self._budget = budget
        self._known: dict[tuple[int, bytes, bytes], tuple[bytes, V]] = {}

    def __call__(self, value: bytes) -> V:
        key = (len(value), value[:96], value[-64:])
        known = self._known.get(key)
        if known is not None and known[0] == value:
            return known[1]
        made = self._make(value)
        self._keep(key, value, made)
        return made

    def _keep(self, key: tuple[int, bytes, bytes], value: bytes, made: V) -> None:
        if len(value) > self._budget:
            return
        if key in self._known:
            self._room += len(self._known.pop(key)[0])
        self._known[key] = value, made
        self._room -= len(value)
        while self._room < 0:
            self._room += len(self._known.pop(next(iter(self._known)))[0])


def on_value(make: Callable[[K], V]) -> Callable[[K], V]:
    """Calls `make` once for each value, and keeps the result on it, so that both go together.

    The values are Structs with a `__dict__` (`dict=True`), which neither comparing nor encoding looks at.
    A function, not a class: it is called several times for each message of a history.
    """

    def remembered(value: K) -> V:
        kept: dict[Any, Any] = value.__dict__
        try:
            made: V = kept[remembered]
        except KeyError:
            made = kept[remembered] = make(value)
        return made

    return remembered
