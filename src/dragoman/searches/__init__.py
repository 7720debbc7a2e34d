"""Web search providers, one file each: a query as a call, and its answer as what was found.

Pure: the exchange asks for the call as for any other.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from msgspec import Raw
from msgspec.json import Decoder

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.settings import Search

T = TypeVar("T")

DOMAINS = 16
"""Domains named in the words of a query: engines refuse long ones, and results are checked anyway."""


class Provider(Protocol):
    """What a provider's file offers."""

    NEEDS: str
    """The setting of `Search` without which it cannot work."""

    def request(self, search: Search, query: Query) -> Call: ...

    def results(self, body: bytes) -> tuple[Found, ...]:
        """Raises ValueError where the answer is something else."""


def in_words(query: Query) -> str:
    """The query with its domains as the operators that search engines have in common."""
    allowed = " OR ".join(f"site:{domain}" for domain in query.allowed[:DOMAINS])
    blocked = [f"-site:{domain}" for domain in query.blocked[:DOMAINS]]
    several = len(query.allowed) > 1
    return " ".join(filter(None, [query.text, f"({allowed})" if several else allowed, *blocked]))


def readable(items: Iterable[Raw], decoder: Decoder[T]) -> list[T]:
    """The items that are what they should be: one bad result among others costs only itself."""
    found: list[T] = []
    for item in items:
        try:
            found.append(decoder.decode(item))
        except ValueError:
            continue
    return found
