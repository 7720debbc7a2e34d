"""Parts of files over HTTP: one GET at a time, bounded in size and time, the standard library alone.

A key is sent to the host that it is meant for and to no other, wherever a redirect leads. Proxies come from
the usual variables (HTTPS_PROXY, NO_PROXY), certificates from the system or SSL_CERT_FILE.
"""

import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urljoin, urlsplit

from dragoman import __version__
from dragoman.machine.refusal import CheckpointError

SILENCE_S, WHOLE_S = 20.0, 300.0
"""Longest silence of a server, and longest time for one answer."""
TRIES = 3
PAUSE_S = 0.5
MOST_REDIRECTS = 5
CHUNK = 1 << 16
MOST_TEXT = 8 << 20
_PASSING = frozenset({429, 500, 502, 503, 504})
_SECRET = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is cut at what was asked for; of an error it is what the server says about it."""

    status: int
    headers: Message
    body: bytes


class Reader:
    """GETs from one server, or where it sends us. `secret` are headers for that server alone."""

    def __init__(
        self, server: str, secret: Mapping[str, str] | None = None, silence: float = SILENCE_S
    ) -> None:
        self.server = server.rstrip("/")
        if urlsplit(self.server).scheme not in ("http", "https"):
            raise CheckpointError(
                "unusable", f"{_shown(self.server)} is no address: it begins with https://."
            )
        self._secret = dict(secret or {})
        self._silence = silence
        self._opener = _opener()

    def get(self, url: str, start: int = 0, length: int | None = None) -> Answer:
        """`length` bytes from `start`, or all of a short answer. An error status is an answer too.

        Raises CheckpointError where nobody answers, too late, or with what is no HTTP.
        """
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                answer = self._get(url, start, length)
            except CheckpointError as error:
                if last or error.kind != "unreachable":
                    raise
            else:
                if last or answer.status not in _PASSING:
                    return answer
            time.sleep(PAUSE_S * 4**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _get(self, url: str, start: int, length: int | None) -> Answer:
        headers = {"User-Agent": f"dragoman/{__version__}", "Accept-Encoding": "identity"}
        if length is not None:
            headers["Range"] = f"bytes={start}-{start + length - 1}"
        end = time.monotonic() + WHOLE_S
        try:
            for _ in range(MOST_REDIRECTS + 1):
                own = self._secret if _origin(url) == _origin(self.server) else {}
                request = urllib.request.Request(url, headers=headers | own)
                with self._opener.open(request, timeout=self._silence) as response:
                    where = response.headers.get("Location") if 300 <= response.status < 400 else None
                    if not where:
                        return _answer(response, start, length, end)
                    url = self._next(url, where)
        except TimeoutError:
            raise self._late() from None
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._unreachable(error) from None
        raise CheckpointError("unreachable", f"{_shown(self.server)} redirects in circles.")

    def _next(self, url: str, where: str) -> str:
        following = urljoin(url, where)
        before, after = urlsplit(url).scheme, urlsplit(following).scheme
        if after not in ("http", "https") or (before == "https" and after == "http"):
            raise CheckpointError(
                "unusable", f"{_shown(self.server)} redirects to what is not safe to follow."
            )
        return following

    def _late(self) -> CheckpointError:
        return CheckpointError("slow", f"{_shown(self.server)} does not answer in time. Try again later.")

    def _unreachable(self, reason: Any) -> CheckpointError:
        if isinstance(reason, TimeoutError):
            return self._late()
        server = _shown(self.server)
        if isinstance(reason, ssl.SSLError):
            advice = "Behind a company's proxy, let SSL_CERT_FILE name its certificate file."
            return CheckpointError("unusable", f"The certificate of {server} is not trusted. {advice}")
        if isinstance(reason, socket.gaierror):
            said = "its name is not known here"
        elif isinstance(reason, ConnectionRefusedError):
            said = "the connection is refused"
        else:
            said = getattr(reason, "strerror", None) or "the connection breaks"
        advice = "Check the network; behind a proxy set HTTPS_PROXY."
        return CheckpointError("unreachable", f"{server} cannot be reached: {said}. {advice}")


class _Whatever(urllib.request.HTTPErrorProcessor):
    """Redirects and errors are answers; whoever asked decides."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def _opener() -> urllib.request.OpenerDirector:
    # No handlers for files, FTP and the like, which the standard opener brings.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Whatever(),
    ):
        opener.add_handler(handler)
    return opener


def _answer(response: HTTPResponse, start: int, length: int | None, end: float) -> Answer:
    # A server that knows no ranges sends the file from its beginning: what comes before is passed over, and
    # nothing is read past what was asked for.
    skip = start if length is not None and response.status == 200 else 0
    fine = response.status in (200, 206)
    most = MOST_TEXT if length is None or not fine else skip + length
    parts: list[bytes] = []
    size = 0
    while size < most and (part := response.read1(min(CHUNK, most - size))):
        parts.append(part)
        size += len(part)
        if time.monotonic() > end:
            raise TimeoutError
    return Answer(response.status, response.headers, b"".join(parts)[skip:])


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _shown(url: str) -> str:
    """An address without the user name and password that it may hold, and nothing that a terminal obeys."""
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme else url
    return "".join(char if char.isprintable() else "�" for char in host[:200])
