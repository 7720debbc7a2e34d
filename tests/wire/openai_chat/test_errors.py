"""The error table of OpenAI's protocol."""

import json

import pytest

from dragoman.model import errors
from dragoman.model.errors import DragomanError
from dragoman.wire.openai_chat.errors import encode_error, error_status

CASES: dict[str, tuple[DragomanError, int, str, str | None]] = {
    "a bad request": (errors.BadRequest("x"), 400, "invalid_request_error", None),
    "a prompt over the window": (
        errors.PromptTooLong(9, 8),
        400,
        "invalid_request_error",
        "context_length_exceeded",
    ),
    "a wrong key": (errors.Unauthorized("x"), 401, "invalid_request_error", "invalid_api_key"),
    "a key that may not": (errors.Forbidden("x"), 403, "invalid_request_error", None),
    "an unknown model": (errors.UnknownModel("m", []), 404, "invalid_request_error", "model_not_found"),
    "a body over the limit": (errors.TooLarge("x"), 413, "invalid_request_error", None),
    "a key's own limit": (errors.RateLimited("x", 3), 429, "rate_limit_error", "rate_limit_exceeded"),
    "a full engine": (errors.Busy("x"), 503, "api_error", "overloaded"),
    "an engine out of reach": (errors.Unreachable("x"), 502, "api_error", None),
    "no answer in time": (errors.TimedOut("x"), 504, "api_error", None),
    "our own fault": (errors.InternalError("x"), 500, "api_error", None),
}


@pytest.mark.parametrize(("error", "status", "kind", "code"), CASES.values(), ids=CASES)
def test_status_and_body(error: DragomanError, status: int, kind: str, code: str | None) -> None:
    assert error_status(error) == status
    body = json.loads(encode_error(error, "r"))["error"]
    assert (body["type"], body["code"], body["param"]) == (kind, code, None)
    assert body["message"]


MESSAGES: dict[str, tuple[DragomanError, str, str | None]] = {
    "overflow, as OpenAI says it": (
        errors.PromptTooLong(70_000, 65_536),
        "This model's maximum context length is 65536 tokens. However, your messages resulted in 70000 "
        "tokens. Please reduce the length of the messages.",
        None,
    ),
    "overflow of a window that nobody knows": (
        errors.PromptTooLong(70_000),
        "prompt is too long for the engine's window",
        None,
    ),
    "a mistake names its field": (
        errors.BadRequest("$.messages[0].role: Expected str"),
        "$.messages[0].role: Expected str",
        "messages[0].role",
    ),
}


@pytest.mark.parametrize(("error", "message", "param"), MESSAGES.values(), ids=MESSAGES)
def test_messages(error: DragomanError, message: str, param: str | None) -> None:
    body = json.loads(encode_error(error, "r"))["error"]
    assert (body["message"], body["param"]) == (message, param)
