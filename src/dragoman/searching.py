"""The web searches of one reply, without I/O: which call to make next, and what came of it."""

from msgspec import Struct

from dragoman.model.effects import Call
from dragoman.model.events import SearchEnded, SearchStarted
from dragoman.model.search import Found
from dragoman.model.turn import Tool, ToolCall
from dragoman.searches import Provider
from dragoman.settings import Search
from dragoman.turns.servertools import SHOWN, as_text, query, uses


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

    @property
    def spent(self) -> bool:
        """More was asked for than the client allows, and the model was told."""
        return self._left < 0

    def start(self, call: ToolCall) -> tuple[SearchStarted, Call | None]:
        """Begin a search; no call where the client allows no more of them."""
        self._call = call
        asked = query(call, self._tool)
        self._left -= 1
        request = self._service.provider.request(self._service.settings, asked) if self._left >= 0 else None
        return SearchStarted(call.id, asked.text), request

    def finish(self, body: bytes | None) -> SearchEnded:
        """The search's answer, or None where there was none."""
        asked = query(self._call, self._tool)
        error = "max_uses_exceeded" if self._left < 0 else ""
        found: tuple[Found, ...] = ()
        if not error:
            try:
                found = self._service.provider.results(body or b"")
            except ValueError:
                error = "unavailable"
        shown = tuple(one for one in found if not blocked(one.url, asked.blocked))[:SHOWN]
        self.results.append((self._call, as_text(asked.text, shown, error)))
        return SearchEnded(self._call.id, asked.text, shown, error)


def blocked(url: str, domains: tuple[str, ...]) -> bool:
    host = url.partition("://")[2].partition("/")[0].lower()
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
