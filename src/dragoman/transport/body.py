"""The body of a request, read whole and no larger than allowed."""

from collections.abc import Mapping

from starlette.types import Receive

from dragoman.model.errors import BadRequest, TooLarge


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """Raises TooLarge over `limit` bytes, before reading them where the client says the length."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise BadRequest("content-length: expected a whole number")
    if int(length) > limit:
        raise TooLarge(f"the request has {int(length)} bytes; at most {limit} are taken")
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise TooLarge(f"the request has more than {limit} bytes, which is the most that is taken")
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
