"""Ollama: known by its own routes; a model without tools in its template refuses them."""

import pytest

from dragoman.engines import Reply, ollama
from tests.engines.conversation import answers, refusal, survey, tokens

OWN = {"/api/version": answers({"version": "0.12.3"}), "/api/tags": answers({"models": []})}

CASES: dict[str, tuple[Reply, bool]] = {
    "tools are taken": (tokens(90), True),
    "its template knows none": (refusal("registry.ollama.ai/library/m does not support tools"), False),
}


@pytest.mark.parametrize(("tried", "parses"), CASES.values(), ids=CASES)
def test_whether_the_model_takes_tools_is_tried(tried: Reply, parses: bool) -> None:
    found, _asked = survey(ollama, {**OWN, "/v1/chat/completions": tried})
    assert found is not None
    assert (found.kind, found.version, found.parses) == ("ollama", "0.12.3", parses)
    assert (found.renders, found.counts) == (False, False)


def test_a_version_alone_is_not_enough() -> None:
    assert survey(ollama, {"/api/version": OWN["/api/version"]})[0] is None
