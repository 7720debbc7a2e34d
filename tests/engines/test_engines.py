"""What every survey shares: questions that cost little, and answers that may be anything."""

from types import ModuleType

import pytest
from msgspec.json import encode

from dragoman import engines, folder
from dragoman.engines import Question, Reply, brief, one_token, prompt_tokens
from tests.engines.conversation import answers, survey, tokens

KINDS = {name: folder.load(engines, name) for name in folder.names(engines)}
RUBBISH = [
    b"",
    b"<html>",
    b"[]",
    b"null",
    b'"x"',
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"usage": 1}',
    b'{"data": 7}',
]


def test_there_are_the_kinds_that_the_page_names() -> None:
    named = ["litellm", "llamacpp", "llamacpp_python", "lmstudio", "ollama", "sglang", "vllm"]
    assert sorted(KINDS) == named


@pytest.mark.parametrize("engine", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("status", [0, 200, 401, 404, 500])
@pytest.mark.parametrize("body", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_no_engine(engine: ModuleType, status: int, body: bytes) -> None:
    reply = Reply(status, body)
    paths = {question.path for question in survey(engine, {})[1]} | {"/api/tags", "/metrics", "/tokenize"}
    found, asked = survey(engine, dict.fromkeys(paths, reply))
    assert found is None
    assert len(asked) <= 2


@pytest.mark.parametrize("engine", KINDS.values(), ids=KINDS)
def test_no_other_kind_is_recognised_by_what_a_gateway_of_ours_answers(engine: ModuleType) -> None:
    pages = {"/": answers({"name": "dragoman"}), "/v1/models": answers({"data": [{"id": "m"}]})}
    assert survey(engine, pages)[0] is None


def test_a_question_lets_the_engine_make_one_token() -> None:
    asked = one_token("m", tools=[engines.TOOL])
    assert asked.body is not None
    assert asked.body["max_tokens"] == 1
    assert b'"look_up"' in encode(asked)
    assert Question("/x").body is None


SIZES: dict[str, tuple[Reply, int | None]] = {
    "a chat completion": (tokens(12), 12),
    "a count": (answers({"count": 5}), 5),
    "no usage": (answers({"usage": None}), None),
    "a size that is no number": (answers({"usage": {"prompt_tokens": "12"}}), None),
    "a size that is true": (answers({"count": True}), None),
    "an error": (answers({"error": "x"}, 500), None),
}


@pytest.mark.parametrize(("reply", "size"), SIZES.values(), ids=SIZES)
def test_the_size_of_a_prompt(reply: Reply, size: int | None) -> None:
    assert prompt_tokens(reply) == size


def test_what_an_engine_says_of_itself_fits_one_line_of_a_log() -> None:
    assert brief("0.32.0") == "0.32.0"
    assert brief(7) == "7"
    assert (
        brief("0.1\n2026-01-01 warning: \x1b[2Jgone" + "x" * 100)
        == ("0.12026-01-01 warning: [2Jgone" + "x" * 100)[:60]
    )
    assert brief(None) == brief(["x"]) == ""
