"""The error table of Anthropic's protocol."""

import json

import pytest

from dragoman.model import errors
from dragoman.model.errors import DragomanError
from dragoman.wire.anthropic.errors import encode_error, error_status

CASES: dict[str, tuple[DragomanError, int, str]] = {
    "a bad request": (errors.BadRequest("x"), 400, "invalid_request_error"),
    "a prompt over the window": (errors.PromptTooLong(9, 8), 400, "invalid_request_error"),
    "a wrong key": (errors.Unauthorized("x"), 401, "authentication_error"),
    "a key that may not": (errors.Forbidden("x"), 403, "permission_error"),
    "an unknown model": (errors.UnknownModel("m", []), 404, "not_found_error"),
    "an unknown route": (errors.UnknownRoute("x"), 404, "not_found_error"),
    "a wrong method": (errors.MethodNotAllowed("x"), 405, "invalid_request_error"),
    "a body over the limit": (errors.TooLarge("x"), 413, "request_too_large"),
    "a key's own limit": (errors.RateLimited("x", 3), 429, "rate_limit_error"),
    "a full engine": (errors.Busy("x"), 529, "overloaded_error"),
    "an engine out of reach": (errors.Unreachable("x"), 502, "api_error"),
    "an engine's rubbish": (errors.BadAnswer("x"), 502, "api_error"),
    "no answer in time": (errors.TimedOut("x"), 504, "timeout_error"),
    "what we do not do": (errors.NotSupported("x"), 501, "api_error"),
    "our own fault": (errors.InternalError("x"), 500, "api_error"),
}


@pytest.mark.requirement("CC-51")
@pytest.mark.parametrize(("error", "status", "kind"), CASES.values(), ids=CASES)
def test_status_and_body(error: DragomanError, status: int, kind: str) -> None:
    assert error_status(error) == status
    assert json.loads(encode_error(error, "req_1")) == {
        "type": "error",
        "error": {"type": kind, "message": error.message},
        "request_id": "req_1",
    }


@pytest.mark.requirement("CC-52")
def test_overflow_begins_with_the_words_that_claude_code_reads() -> None:
    body = json.loads(encode_error(errors.PromptTooLong(70_000, 65_536), "r"))
    assert body["error"]["message"] == "prompt is too long: 70000 tokens > 65536 maximum"
