"""What is found out about a running vLLM from outside, in the wordings of its versions."""

from typing import NamedTuple

import pytest

from dragoman.engines import Question, Reply, vllm
from dragoman.engines.vllm.survey import ENGINE_TYPE, LOSSY, splits_thinking
from dragoman.model.engine import EngineFacts
from tests.engines.conversation import NOT_FOUND, Answer, answers, body_of, refusal, survey, tokens

NO_AUTO = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
NO_BUDGET = refusal(
    "thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser "
    "and/or --reasoning-config to use thinking_token_budget."
)
COUNT = "/v1/messages/count_tokens"


def server(
    auto: Reply, with_none: int = 90, budget: Reply = NO_BUDGET, version: str = "0.32.0", **pages: Answer
) -> dict[str, Answer]:
    """A vLLM: what it says to tools with `auto`, how large a prompt with `none` is, what to a budget."""

    def chat(question: Question) -> Reply:
        body = body_of(question)
        if "thinking_token_budget" in body:
            return budget
        if "tools" not in body:
            return tokens(10)
        return tokens(with_none) if body.get("tool_choice") == "none" else auto

    return {
        "/version": answers({"version": version}),
        "/metrics": answers(b"vllm:num_requests_running 0.0\n"),
        "/tokenize": answers({"count": 10, "max_model_len": 4096, "tokens": [1]}),
        COUNT: answers({"input_tokens": 90}) if auto.status == 200 else auto,
        "/v1/chat/completions": chat,
        **{f"/{path}": page for path, page in pages.items()},
    }


REFUSED = refusal(NO_AUTO)
OLD = answers({"object": "error", "message": NO_AUTO, "type": "BadRequestError", "code": 400}, 400)
THINKS = answers({"choices": [{"message": {"reasoning_content": "Hm", "content": None}}]})


class Found(NamedTuple):
    """The facts that these answers decide."""

    parses: bool | None
    renders: bool | None = True
    counts: bool | None = True
    reasons: bool | None = False
    version: str = "0.32.0"


def seen(facts: EngineFacts | None) -> Found:
    assert facts is not None
    assert (facts.kind, facts.text_choice, facts.swallows) == ("vllm", "none", False)
    return Found(facts.parses, facts.renders, facts.counts, facts.reasons, facts.version)


CASES: dict[str, tuple[dict[str, Answer], Found]] = {
    "a server with a parser": (server(tokens(90)), Found(True)),
    "a server without flags": (server(REFUSED), Found(False)),
    "the error in the form of older versions": (
        server(OLD, version="0.8.5") | {COUNT: NOT_FOUND},
        Found(False, version="0.8.5"),
    ),
    "no Messages routes, and a parser": (
        server(tokens(90), version="0.9.1") | {COUNT: NOT_FOUND},
        Found(True, version="0.9.1"),
    ),
    "tools are left out with none": (server(REFUSED, with_none=10), Found(False, renders=False)),
    "no /tokenize": (server(tokens(90)) | {"/tokenize": NOT_FOUND}, Found(True, counts=False)),
    "a reasoning parser": (server(tokens(90), budget=tokens(10)), Found(True, reasons=True)),
    "an old server that knows no budgets": (
        server(tokens(90), budget=tokens(10), version="0.10.2"),
        Found(True, reasons=None, version="0.10.2"),
    ),
    "an old server whose parser shows": (
        server(tokens(90), budget=THINKS, version="0.10.2"),
        Found(True, reasons=True, version="0.10.2"),
    ),
    "a 400 about something else": (server(refusal("Grammar error")), Found(None)),
    "metrics behind a proxy": (server(tokens(90)) | {"/metrics": answers(b"", 403)}, Found(True)),
    "a busy server": (
        server(refusal("busy", 503), budget=refusal("busy", 503)) | {COUNT: refusal("busy", 503)},
        Found(None, reasons=None),
    ),
}


@pytest.mark.parametrize(("pages", "found"), CASES.values(), ids=CASES)
def test_facts(pages: dict[str, Answer], found: Found) -> None:
    assert seen(survey(vllm, pages)[0]) == found


def test_a_server_of_another_kind_with_a_version_is_none() -> None:
    pages = server(tokens(90)) | {"/metrics": answers(b"llamacpp:requests 1\n")}
    found, asked = survey(vllm, pages)
    assert found is None
    assert all(question.body is None for question in asked), "another engine has made no token"


def test_questions_cost_the_server_a_token_or_none() -> None:
    _, asked = survey(vllm, server(tokens(90)))
    made = [body_of(question) for question in asked if question.path == "/v1/chat/completions"]
    assert all(body["max_tokens"] == 1 for body in made)
    assert len(made) <= 4


def test_an_answer_that_never_came_says_nothing() -> None:
    assert splits_thinking(Reply(0), "0.32.0") is None
    assert splits_thinking(Reply(500), "0.32.0") is None
    assert splits_thinking(refusal("something else"), "0.32.0") is None


def test_parsers_that_lose_values_take_calls_out_of_the_text() -> None:
    assert LOSSY < ENGINE_TYPE
    assert "hermes" not in ENGINE_TYPE
