"""A LiteLLM proxy: what the engine behind it does is tried."""

import pytest

from dragoman.engines import Question, Reply, litellm
from tests.engines.conversation import answers, body_of, refusal, survey, tokens

NO_PARSER = refusal(
    'litellm.BadRequestError: OpenAIException - "auto" tool choice requires --enable-auto-tool-choice and '
    "--tool-call-parser to be set"
)

CASES: dict[str, tuple[Reply, int, int, bool | None, bool]] = {
    "an engine that parses and renders": (tokens(90), 10, 90, True, True),
    "one without a parser": (NO_PARSER, 10, 90, False, True),
    "one that hides tools that must not be called": (tokens(90), 10, 10, True, False),
    "one that is down for the moment": (refusal("timeout", 504), 10, 90, None, True),
}


@pytest.mark.parametrize(("auto", "plain", "sent", "parses", "renders"), CASES.values(), ids=CASES)
def test_what_is_behind_it_is_tried(
    auto: Reply, plain: int, sent: int, parses: bool | None, renders: bool
) -> None:
    def chat(question: Question) -> Reply:
        body = body_of(question)
        if "tools" not in body:
            return tokens(plain)
        return tokens(sent) if body.get("tool_choice") == "none" else auto

    found, _asked = survey(
        litellm, {"/health/liveliness": answers("I'm alive!"), "/v1/chat/completions": chat}
    )
    assert found is not None
    assert (found.kind, found.parses, found.renders, found.counts) == ("litellm", parses, renders, False)
