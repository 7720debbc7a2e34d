"""What an exchange asks of the transport that carries it out, in order.

An exchange has at most one engine call alive; a new `Call` or a `Cancel` ends the one before it.
"""

from collections.abc import Mapping
from typing import Literal, final

from msgspec import Struct

from dragoman.model.events import Usage
from dragoman.model.turn import Document

Ending = Literal["complete", "refused", "broken", "cancelled", "repaired_break"]


class Call(Struct, frozen=True):
    """Ask an engine. The answer comes back by `answered`, `receive` and `upstream_closed`."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Cancel(Struct, frozen=True):
    """End the engine's call now, so that the engine stops working on it."""


class Extract(Struct, frozen=True):
    """Read the text out of PDFs. The texts come back by `extracted`, each by its document's data."""

    documents: tuple[Document, ...]


class Open(Struct, frozen=True):
    """Send the head of the answer to the client; `Send` follows."""

    status: int
    headers: Mapping[str, str]


@final
class Send(Struct, frozen=True):
    data: bytes


class Wait(Struct, frozen=True):
    """Call `tick` at this time, in the clock's seconds; a later `Wait` takes its place."""

    until: float


class Done(Struct, frozen=True):
    """The exchange is over. What happened, for logs, counters and limits."""

    outcome: "Outcome"


class ToolUse(Struct, frozen=True):
    """How often a tool was called in a reply, and what was put right in its calls, by kind."""

    calls: int = 0
    repairs: Mapping[str, int] = {}


class Outcome(Struct, frozen=True):
    """`status` is what the client saw; `ending` says how it ended."""

    status: int
    ending: Ending
    model: str = ""
    error: str = ""
    usage: Usage = Usage()
    calls: int = 0
    repairs: Mapping[str, int] = {}
    """What was put right in tool calls, by kind."""
    tools: Mapping[str, ToolUse] = {}
    """The same by tool; what a model called that was not on offer, and repairs of no call, under no name."""
    notes: Mapping[str, int] = {}
    """What was changed in the request or left out of it, by kind."""
    unknown: tuple[str, ...] = ()
    """The first names of fields that were left out, fit for a log."""
    advice: str = ""
    """The engine's tool parser does not fit the model: how that showed, and what to change."""
    first_token: float | None = None
    """When the first event of the reply came, in the clock's seconds."""


Effect = Call | Cancel | Extract | Open | Send | Wait | Done
