"""The protocols, one package each: how its bytes become our words, and our words its bytes.

`ClientWire` is what a protocol offers to be spoken by clients; the package itself is the object.
"""

from collections.abc import Sequence
from typing import Protocol

from dragoman.model.errors import DragomanError
from dragoman.model.events import Event
from dragoman.model.reply import Reply, ReplyHead
from dragoman.model.turn import Request


class StreamEncoder(Protocol):
    """One streamed reply, encoded. Each method returns the bytes to send, possibly none."""

    def open(self) -> bytes:
        """What stands before the first event."""

    def feed(self, events: Sequence[Event]) -> bytes: ...

    def ping(self) -> bytes:
        """Bytes that keep the connection alive and mean nothing."""

    def pulse(self) -> bytes:
        """A real event of the protocol that changes nothing: it resets a client's own timers."""

    def close(self) -> bytes:
        """The end of the reply: open block closed, stop reason, usage."""

    def fail(self, error: DragomanError) -> bytes:
        """The reply breaks off here."""


class NewEncoder(Protocol):
    def __call__(self, head: ReplyHead, request: Request) -> StreamEncoder: ...


class ClientWire(Protocol):
    @property
    def StreamEncoder(self) -> NewEncoder: ...

    def decode_request(self, body: bytes) -> Request:
        """Raises BadRequest with the JSON path of what is wrong."""

    def encode_reply(self, head: ReplyHead, reply: Reply, request: Request) -> bytes: ...

    def encode_error(self, error: DragomanError, request_id: str) -> bytes: ...

    def error_status(self, error: DragomanError) -> int: ...

    def encode_count(self, tokens: int) -> bytes:
        """The answer to a request to count tokens. Raises NotSupported where the protocol has none."""
