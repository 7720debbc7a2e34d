"""Anthropic's errors: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

Source: https://docs.anthropic.com/en/api/errors
"""

from typing import Any

from msgspec.json import encode

from dragoman.model.errors import (
    BadRequest,
    Busy,
    DragomanError,
    Forbidden,
    MethodNotAllowed,
    RateLimited,
    TimedOut,
    TooLarge,
    Unauthorized,
    UnknownModel,
    UnknownRoute,
)

KINDS: dict[type[DragomanError], str] = {
    BadRequest: "invalid_request_error",
    MethodNotAllowed: "invalid_request_error",
    Unauthorized: "authentication_error",
    Forbidden: "permission_error",
    UnknownModel: "not_found_error",
    UnknownRoute: "not_found_error",
    TooLarge: "request_too_large",
    RateLimited: "rate_limit_error",
    TimedOut: "timeout_error",
    Busy: "overloaded_error",
}


def error_kind(error: DragomanError) -> str:
    return next((KINDS[kind] for kind in type(error).__mro__ if kind in KINDS), "api_error")


def error_body(error: DragomanError, request_id: str = "", kind: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "error",
        "error": {"type": kind or error_kind(error), "message": error.message},
    }
    return body | ({"request_id": request_id} if request_id else {})


def encode_error(error: DragomanError, request_id: str) -> bytes:
    return encode(error_body(error, request_id))


def error_status(error: DragomanError) -> int:
    return error.status
