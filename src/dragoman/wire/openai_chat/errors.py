"""OpenAI's errors: `{"error": {"message", "type", "param", "code"}}`.

Source: https://platform.openai.com/docs/guides/error-codes
"""

from typing import Any

from msgspec.json import encode

from dragoman.model.errors import (
    BadRequest,
    Busy,
    ClientError,
    DragomanError,
    PromptTooLong,
    RateLimited,
    Unauthorized,
    UnknownModel,
)

CODES: dict[type[DragomanError], str] = {
    PromptTooLong: "context_length_exceeded",
    Unauthorized: "invalid_api_key",
    UnknownModel: "model_not_found",
    RateLimited: "rate_limit_exceeded",
    Busy: "overloaded",
}


def error_body(error: DragomanError) -> dict[str, Any]:
    message = error.message
    if isinstance(error, PromptTooLong) and error.window:
        message = (
            f"This model's maximum context length is {error.window} tokens. However, your messages "
            f"resulted in {error.tokens} tokens. Please reduce the length of the messages."
        )
    kind = "invalid_request_error" if isinstance(error, ClientError) else "api_error"
    if isinstance(error, RateLimited):
        kind = "rate_limit_error"
    code = next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), None)
    param = jsonpath(message) if isinstance(error, BadRequest) else None
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def jsonpath(message: str) -> str | None:
    """The field that a message is about, from the JSON path that it begins with."""
    return message.partition(":")[0].removeprefix("$.") if message.startswith("$.") else None


def encode_error(error: DragomanError, request_id: str) -> bytes:
    return encode(error_body(error))


def error_status(error: DragomanError) -> int:
    """OpenAI's clients know 503, not 529."""
    return 503 if isinstance(error, Busy) else error.status
