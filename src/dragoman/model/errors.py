"""Every failure that a client can see, by whose fault it is.

    DragomanError
    ├── ClientError                 the request is wrong
    │   ├── BadRequest         400
    │   │   └── PromptTooLong  400  over the model's window; Claude Code compacts on it
    │   ├── Unauthorized       401
    │   ├── Forbidden          403
    │   ├── UnknownModel       404
    │   ├── UnknownRoute       404
    │   ├── MethodNotAllowed   405
    │   ├── TooLarge           413
    │   └── RateLimited        429
    ├── UpstreamError               the engine is at fault
    │   ├── Unreachable        502
    │   ├── BadAnswer          502
    │   ├── Misconfigured      502  it will refuse us until somebody changes the settings
    │   └── TimedOut           504
    ├── Busy                   529  the engine starts, drains or is full (503 to OpenAI's clients)
    ├── NotSupported           501  a route that others have and we do not
    └── InternalError          500  our own fault

Only a wire encoder turns an error into a body. After the first byte an error is an event.
"""

from collections.abc import Iterable
from typing import ClassVar


class DragomanError(Exception):
    """`message` is for the user: what is wrong and what to do. `retry_after` is in seconds; `hopeless`:
    its status looks as if a retry could help, and none can."""

    status: ClassVar[int] = 500
    hopeless: ClassVar[bool] = False
    retry_after: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == getattr(other, "args", None)

    __hash__ = Exception.__hash__


class ClientError(DragomanError):
    status = 400


class BadRequest(ClientError):
    pass


class PromptTooLong(BadRequest):
    """The prompt has `tokens`, the model's window `window`; 0 where nobody knows it."""

    def __init__(self, tokens: int, window: int = 0) -> None:
        numbers = f": {tokens} tokens > {window} maximum" if window else " for the engine's window"
        super().__init__("prompt is too long" + numbers)
        self.tokens, self.window = tokens, window


class Unauthorized(ClientError):
    status = 401


class Forbidden(ClientError):
    status = 403


class UnknownModel(ClientError):
    """Nothing serves `model`; `known` are the names that something does."""

    status = 404

    def __init__(self, model: str, known: Iterable[str]) -> None:
        super().__init__(f"model: {model} is not served here; known models: {', '.join(known) or 'none yet'}")
        self.model = model


class UnknownRoute(ClientError):
    status = 404


class MethodNotAllowed(ClientError):
    status = 405


class TooLarge(ClientError):
    status = 413


class RateLimited(ClientError):
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamError(DragomanError):
    status = 502


class Unreachable(UpstreamError):
    pass


class BadAnswer(UpstreamError):
    pass


class Misconfigured(UpstreamError):
    hopeless = True


class TimedOut(UpstreamError):
    status = 504


class Busy(DragomanError):
    """Try again in `retry_after` seconds (at most 60: Claude Code gives up on more)."""

    status = 529

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = min(retry_after, 60)


class NotSupported(DragomanError):
    status = 501
    hopeless = True


class InternalError(DragomanError):
    status = 500
