"""The web searches of one reply, without I/O: which call to make next, and what came of it."""

from urllib.parse import urlsplit

from msgspec import Struct

from dragoman.model.effects import Call
from dragoman.model.events import SearchEnded, SearchStarted
from dragoman.model.search import Found, Query
from dragoman.model.turn import Tool, ToolCall
from dragoman.searches import Provider
from dragoman.settings import Search
from dragoman.turns.servertools import SHOWN, as_text, query, uses

LONGEST = 1000
"""Characters of a query; a model that writes more wants something else."""


class SearchService(Struct, frozen=True):
    """Who searches, by which settings."""

    provider: Provider
    settings: Search


class Searching:
    """Counts the searches of one reply; `results` are those of the round in progress."""

    def __init__(self, service: SearchService, tool: Tool) -> None:
        self.results: list[tuple[ToolCall, str]] = []
        self._service = service
        self._tool = tool
        self._left = uses(tool)
        self._call: ToolCall
        self._query: Query
        self._error = ""

    @property
    def spent(self) -> bool:
        """More was asked for than the client allows, and the model was told."""
        return self._left < 0

    def start(self, call: ToolCall) -> tuple[SearchStarted, Call | None]:
        """Begin a search; no call where it cannot be, as `finish` then says."""
        self._call = call
        self._query = asked = query(call, self._tool)
        self._left -= 1
        self._error = self._impossible()
        service = self._service
        request = None if self._error else service.provider.request(service.settings, asked)
        return SearchStarted(call.id, asked.text), request

    def finish(self, body: bytes | None, failure: str = "") -> SearchEnded:
        """The search's answer, or None where there was none, because of a `failure` in words."""
        asked, error = self._query, self._error
        found: tuple[Found, ...] = ()
        if not error:
            try:
                found = self._service.provider.results(body or b"")
            except (ValueError, RecursionError):
                error, failure = "unavailable", failure or "it answered with something else"
        shown = tuple(one for one in found if permitted(one.url, asked))[:SHOWN]
        reason = f"{error}: {failure}" if failure else error
        self.results.append((self._call, as_text(asked.text, shown, reason if error else "")))
        return SearchEnded(self._call.id, asked.text, shown, error)

    def _impossible(self) -> str:
        """Anthropic's code for what keeps this search from being made."""
        if self._left < 0:
            return "max_uses_exceeded"
        if not self._query.text.strip():
            return "invalid_tool_input"
        return "query_too_long" if len(self._query.text) > LONGEST else ""


def permitted(url: str, query: Query) -> bool:
    """Whether a page of the web lies within the domains that the client allows."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    page = host + (parts.path or "/")
    if any(lies_in(page, domain) for domain in query.blocked):
        return False
    return not query.allowed or any(lies_in(page, domain) for domain in query.allowed)


def lies_in(page: str, domain: str) -> bool:
    """Whether `docs.example.org/a/b` lies in `example.org`, or in `example.org/a`."""
    host, _, path = domain.lower().partition("://")[2 * ("://" in domain)].partition("/")
    own_host, _, own_path = page.partition("/")
    path = path.rstrip("/*")
    within_path = not path or own_path.lower() == path or own_path.lower().startswith(path + "/")
    return within_path and (own_host == host or own_host.endswith(f".{host}"))
