"""Web search providers, one file each: a query as a call, and its answer as what was found.

Pure: the exchange asks for the call as for any other.
"""

from typing import Protocol

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.settings import Search


class Provider(Protocol):
    """What a provider's file offers."""

    def request(self, search: Search, query: Query) -> Call: ...

    def results(self, body: bytes) -> tuple[Found, ...]:
        """Raises ValueError where the answer is something else."""
