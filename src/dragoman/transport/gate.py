"""Who may come in, and the outermost layer of the ordinary pages: request ids and the shape of every error.

Every route asks here, a page by being wrapped, a hot route in its visit.
"""

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dragoman.journey.answering import refusal
from dragoman.model.effects import Open
from dragoman.model.effects import Send as SendData
from dragoman.model.errors import DragomanError, Forbidden, InternalError, Unauthorized
from dragoman.settings import Key, is_loopback
from dragoman.transport.keys import Holder, Keyring
from dragoman.wire import ClientWire, anthropic, openai_chat

PUBLIC = frozenset({"/", "/health/liveliness", "/health/liveness", "/health/readiness"})
UNVERSIONED = ("/messages", "/chat/completions", "/completions", "/embeddings", "/responses", "/models")
ANYBODY = Holder(Key(""))
"""Who comes in without a key, where none is needed."""
KEY_HEADERS = (b"x-api-key", b"api-key", b"x-litellm-api-key")

log = logging.getLogger("dragoman")


def route_path(path: str) -> str:
    """The path that routes know: below any prefix of a base URL, and with `/v1` where it was left out."""
    start = path.rfind("/v1/")
    if start >= 0:
        return path[start:]
    for known in UNVERSIONED:
        if path == known or path.startswith(known + "/"):
            return "/v1" + path
    return path


def wire_of(path: str, headers: Mapping[bytes, bytes]) -> ClientWire:
    """The protocol in which a client of this path wants its errors."""
    if path.startswith("/v1/messages") or b"anthropic-version" in headers:
        return anthropic
    return openai_chat


class Gate:
    """Wraps an application of pages. Without keys everybody on this machine may come in.

    The models that a key may use go on in the scope's state, as `allowed`.
    """

    def __init__(self, app: ASGIApp, keys: Keyring, new_id: Callable[[str], str]) -> None:
        self._app = app
        self._keys = keys
        self.new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = self.new_id("req_")
        path = scope["path"] = route_path(scope["path"])
        begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
            await send(message)

        try:
            if scope["method"] == "HEAD" and path not in PUBLIC:
                await send_nothing(send_with_id)
                return
            holder = self.admit(path, headers)
            scope["state"] = {**scope.get("state", {}), "allowed": holder.models}
            await self._app(scope, receive, send_with_id)
        except DragomanError as error:
            await send_error(error, wire_of(path, headers), request_id, send_with_id)
        except Exception:
            log.exception("%s: failed by a fault of ours.", request_id)
            if begun:
                raise
            await send_error(fault_of_ours(request_id), wire_of(path, headers), request_id, send_with_id)

    def admit(self, path: str, headers: Mapping[bytes, bytes]) -> Holder:
        """Who comes. Raises Unauthorized or Forbidden where the caller may not come in."""
        if path in PUBLIC:
            return ANYBODY
        if not self._keys:
            refuse_foreign_pages(headers)
            return ANYBODY
        given = [headers[name] for name in KEY_HEADERS if name in headers]
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            given.append(token.strip())
        if not given:
            raise Unauthorized("a key is required: send it as x-api-key or as Authorization: Bearer")
        holder = self._keys.find(given)
        if holder is None:
            raise Unauthorized("the key is wrong")
        return holder


def fault_of_ours(request_id: str) -> InternalError:
    """What a client is told where the gateway failed."""
    return InternalError(f"the gateway failed on this request; its log says more at {request_id}")


def refuse_foreign_pages(headers: Mapping[bytes, bytes]) -> None:
    """Without a key any web page that the user opens could use the model; a browser says its origin."""
    said = headers.get(b"origin")
    if said is None:
        return
    try:
        origin = urlsplit(said.decode("latin-1"))
    except ValueError:
        raise Forbidden("an origin that is no URL may not call this gateway while it has no key") from None
    if origin.scheme in ("http", "https") and not is_loopback(origin.hostname or ""):
        raise Forbidden(f"pages of {origin.netloc} may not call this gateway while it has no key")


async def send_nothing(send: Send) -> None:
    """HEAD on any path is how Claude Code warms a connection up, without a key; it learns nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def send_error(error: DragomanError, wire: ClientWire, request_id: str, send: Send) -> None:
    """Answer with an error in the client's protocol."""
    for effect in refusal(error, wire, request_id):
        match effect:
            case Open(status, headers):
                raw = [(name.encode(), value.encode()) for name, value in headers.items()]
                await send({"type": "http.response.start", "status": status, "headers": raw})
            case SendData(data):
                await send({"type": "http.response.body", "body": data})
