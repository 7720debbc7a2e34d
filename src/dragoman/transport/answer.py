"""The answer to one request as HTTP/1.1: a head, then data with a length or in chunks, then its end."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

REASONS = {status.value: status.phrase for status in HTTPStatus}


class Turn(Protocol):
    """One request's turn on its connection, which may be kept for another one."""

    keep_alive: bool


class Answer:
    """Written to a client's connection; `flush` sends what was said since the last time, as one piece."""

    def __init__(self, transport: asyncio.Transport, turn: Turn, request_id: str) -> None:
        self.begun = False
        self._transport = transport
        self._turn = turn
        self._request_id = request_id
        self._head = b""
        self._chunked = False
        self._pending: list[bytes] = []

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Without a content-length the data goes in chunks. The headers are the gateway's own words."""
        self._chunked = "content-length" not in headers
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, '')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"request-id: {self._request_id}")
        if self._chunked:
            lines.append("transfer-encoding: chunked")
        if not self._turn.keep_alive:
            lines.append("connection: close")
        self._head = "\r\n".join([*lines, "", ""]).encode()

    def data(self, data: bytes) -> None:
        self._pending.append(data)

    def drop(self) -> None:
        """Forget what was not sent yet."""
        self._head = b""
        self._pending.clear()

    def flush(self, ended: bool) -> None:
        """Neighbouring pieces go out as one chunk; the last one carries the end."""
        out, self._head = self._head, b""
        if out:
            self.begun = True
        if self._pending:
            data = b"".join(self._pending)
            self._pending.clear()
            if self._chunked and data:
                data = b"%x\r\n%b\r\n" % (len(data), data)
            out += data
        if ended and self._chunked:
            out += b"0\r\n\r\n"
        if out:
            self._transport.write(out)

    def close(self, unread: bool = False) -> None:
        """Break the connection off, so that nobody takes what came for a whole answer.

        What was said still goes out, but where it is `unread`: that could take for ever.
        """
        if unread:
            self._transport.abort()
        else:
            self._transport.close()
