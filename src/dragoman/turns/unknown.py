"""Top-level fields of a request that nobody knows and no engine gets: told by name, and counted."""

import re
from collections.abc import Iterable

from dragoman.model.turn import Request
from dragoman.wire.openai_chat.upstream import PASSED

KNOWN = frozenset([*PASSED, "metadata"])
"""Fields beside those that a protocol leaves out: they go on, to the engine or back to the client."""
NOTE = "unknown_field"
MOST, LONGEST = 5, 40
"""Names that are told, and characters of each: a client may send any number of any length."""

_ODD = re.compile(r"[^A-Za-z0-9_.-]")


def unknown(request: Request) -> list[str]:
    """Their names as the client wrote them. What is passed on, or left out knowingly, is not among them."""
    return [name for name, raw in request.extra.items() if name not in KNOWN and bytes(raw) != b"null"]


def tellable(names: Iterable[str]) -> tuple[str, ...]:
    """The first few, each so that it can stand in a log line: short, of plain characters."""
    return tuple([_ODD.sub("?", name[:LONGEST]) or "?" for name in list(names)[:MOST]])
