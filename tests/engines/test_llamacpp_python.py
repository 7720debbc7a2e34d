"""The server of llama-cpp-python: what it does with tools shows in the size of the prompt."""

import pytest

from dragoman.engines import Question, Reply, llamacpp_python
from tests.engines.conversation import answers, body_of, refusal, survey, tokens

SCHEMA = answers({"info": {"title": "🦙 llama.cpp Python API", "version": "0.3.36"}})


def rendering(question: Question) -> Reply:
    return tokens(90 if "tools" in body_of(question) else 12)


CASES = {
    "its template renders tools": (rendering, True),
    "its template knows no tools": (tokens(12), False),
    "it answers nothing": (refusal("busy", 503), None),
}


@pytest.mark.parametrize(("completion", "renders"), CASES.values(), ids=CASES)
def test_whether_tools_are_rendered_shows_in_the_prompt(completion: Reply, renders: bool | None) -> None:
    found, asked = survey(llamacpp_python, {"/openapi.json": SCHEMA, "/v1/chat/completions": completion})
    assert found is not None
    assert (found.kind, found.version) == ("llamacpp_python", "0.3.36")
    assert (found.parses, found.renders, found.counts) == (False, renders, False)
    assert len(asked) == 3


@pytest.mark.parametrize("schema", [{"info": {"title": "vLLM"}}, {"info": 5}, {}, [], "llama.cpp Python API"])
def test_another_server_with_a_schema_is_none(schema: object) -> None:
    found, asked = survey(llamacpp_python, {"/openapi.json": answers(schema)})
    assert found is None
    assert len(asked) == 1
