"""What a model says, piece by piece. Events carry meaning only.

Block indexes, start and stop frames and `[DONE]` belong to the encoder of one protocol.
A reply is any mix of text, thinking and calls, then usage and one `Stopped`, in either order.
A call is `CallStarted`, its `CallArguments` in order, `CallEnded`; calls never interleave.
"""

from typing import Literal

from msgspec import Struct

from dragoman.model.errors import DragomanError
from dragoman.model.search import Found

StopReason = Literal["end", "length", "stop_sequence", "tool", "refusal"]


class Usage(Struct, frozen=True):
    """Tokens. `input` is the whole prompt, the `cached` part of it included."""

    input: int = 0
    output: int = 0
    cached: int = 0


class TextDelta(Struct, frozen=True, gc=False):
    text: str


class ThinkingDelta(Struct, frozen=True, gc=False):
    text: str


class CallStarted(Struct, frozen=True, gc=False):
    id: str
    name: str


class CallArguments(Struct, frozen=True, gc=False):
    """The next piece of the JSON text of the open call's arguments."""

    text: str


class CallEnded(Struct, frozen=True, gc=False):
    pass


class Repaired(Struct, frozen=True, gc=False):
    """Something was put right, for the counters; says nothing to a client.

    `tool`: the tool that it concerns; empty where that is the call that is open, or the one before.
    """

    kind: str
    tool: str = ""


class Rethought(Struct, frozen=True, gc=False):
    """All text so far was thinking: its end came without a beginning. What was streamed stays as it is."""


class Used(Struct, frozen=True):
    usage: Usage


class Stopped(Struct, frozen=True, gc=False):
    reason: StopReason
    sequence: str | None = None


class SearchStarted(Struct, frozen=True):
    """The gateway itself searches the web, because the model asked for it."""

    id: str
    query: str


class SearchEnded(Struct, frozen=True):
    """What the search found; `error` is a code of Anthropic's where it failed."""

    id: str
    query: str
    found: tuple[Found, ...] = ()
    error: str = ""


class Failed(Struct, frozen=True):
    """The engine broke off. Nothing follows."""

    error: DragomanError


Event = (
    TextDelta
    | ThinkingDelta
    | CallStarted
    | CallArguments
    | CallEnded
    | Repaired
    | Rethought
    | SearchStarted
    | SearchEnded
    | Used
    | Stopped
    | Failed
)
