"""What an engine's refusal means, and what the client is told of it."""

import pytest
from msgspec.json import encode

from dragoman.journey.rejection import Rejection, read_count
from dragoman.model import errors
from dragoman.model.errors import DragomanError
from dragoman.turns.fit import Overflow

TOO_LONG = b'{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}'

ERRORS: dict[str, tuple[int, bytes, DragomanError]] = {
    "a bad request": (
        400,
        b'{"error":{"message":"no"}}',
        errors.BadRequest("the engine refused the request: no"),
    ),
    "what FastAPI refuses": (
        422,
        b'{"detail":"no"}',
        errors.BadRequest("the engine refused the request: no"),
    ),
    "a body that is too large": (
        413,
        b"",
        errors.TooLarge("the engine refused the size of the request: it gave no reason"),
    ),
    "too many requests": (429, b"slow", errors.Busy("the engine is busy: slow")),
    "a full queue": (503, b"full", errors.Busy("the engine is busy: full")),
    "our key": (
        401,
        b"secret",
        errors.Misconfigured("the engine refused the gateway's key; set the upstream's key"),
    ),
    "a model that went away": (404, b"gone", errors.Misconfigured("the engine answered 404: gone")),
    "a failure": (500, b"<p>boom</p>", errors.BadAnswer("the engine answered 500: boom")),
    "no status of HTTP": (999, b"", errors.BadAnswer("the engine answered 999: it gave no reason")),
}


@pytest.mark.parametrize(("status", "body", "error"), ERRORS.values(), ids=ERRORS)
def test_errors(status: int, body: bytes, error: DragomanError) -> None:
    assert Rejection(status, body).error() == error


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_overflow_comes_with_several_statuses(status: int) -> None:
    assert Rejection(status, TOO_LONG).overflow == Overflow(8, 9)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_overflow_does_not_come_with_others(status: int) -> None:
    assert Rejection(status, TOO_LONG).overflow is None


PICTURES: dict[str, tuple[int, bytes, bool]] = {
    "vLLM": (400, b'{"error":{"message":"tiny is not a multimodal model"}}', True),
    "vLLM, switched off": (400, b'{"message":"At most 0 image(s) may be provided in one prompt."}', True),
    "llama.cpp": (500, b'{"error":{"message":"image input is not supported - hint: mmproj"}}', True),
    "another refusal": (400, b'{"message":"bad image URL"}', False),
    "another status": (503, b"is not a multimodal model", False),
}


@pytest.mark.parametrize(("status", "body", "refused"), PICTURES.values(), ids=PICTURES)
def test_pictures(status: int, body: bytes, refused: bool) -> None:
    assert Rejection(status, body).no_images is refused


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_busy(status: int) -> None:
    assert Rejection(status, b"").busy is (status in (429, 503))


COUNTS: dict[str, tuple[bytes, int | None]] = {
    "vLLM": (b'{"count":5,"max_model_len":9,"tokens":[1,2]}', 5),
    "no count": (b'{"tokens":[1]}', None),
    "a count that is a string": (b'{"count":"5"}', None),
    "rubbish": (b"<html>", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("body", "count"), COUNTS.values(), ids=COUNTS)
def test_read_count(body: bytes, count: int | None) -> None:
    counted = read_count(body)
    assert (counted.count if counted else None) == count


NO_TOOLS: dict[str, tuple[int, str, bool, bool]] = {
    "vLLM without the flags": (
        400,
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        True,
        False,
    ),
    "vLLM, a call is required": (
        400,
        'tool_choice="required" requires --tool-call-parser to be set',
        True,
        False,
    ),
    "the same behind a proxy": (
        400,
        'OpenAIException - {"message":"\\"auto\\" tool choice requires --enable-auto-tool-choice and"}',
        True,
        False,
    ),
    "Ollama": (400, "registry.ollama.ai/library/gemma:2b does not support tools", False, True),
    "llama.cpp without templates": (500, "tools param requires --jinja flag", False, True),
    "something else": (400, "Grammar error: Invalid type: banana", False, False),
    "the same words with another status": (404, "x does not support tools", False, False),
}


@pytest.mark.parametrize(("status", "text", "no_parser", "no_tools"), NO_TOOLS.values(), ids=NO_TOOLS)
def test_what_an_engine_says_of_tools(status: int, text: str, no_parser: bool, no_tools: bool) -> None:
    rejection = Rejection(status, encode({"error": {"message": text}}))
    assert (rejection.no_parser, rejection.no_tools) == (no_parser, no_tools)


def test_a_count_says_the_window_too() -> None:
    counted = read_count(b'{"count": 2, "max_model_len": 4096, "tokens": [1, 2], "token_strs": null}')
    assert counted is not None
    assert (counted.count, counted.max_model_len, bytes(counted.tokens)) == (2, 4096, b"[1, 2]")
