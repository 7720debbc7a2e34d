"""LM Studio: known by its own list of models."""

from dragoman.engines import lmstudio
from tests.engines.conversation import answers, survey


def test_it_is_known_by_its_own_list_and_parses_calls() -> None:
    found, asked = survey(lmstudio, {"/api/v0/models": answers({"data": [{"id": "m"}]})})
    assert found is not None
    assert (found.kind, found.parses, found.renders, found.counts) == ("lmstudio", True, False, False)
    assert [question.path for question in asked] == ["/api/v0/models"]


def test_no_list_no_lm_studio() -> None:
    assert survey(lmstudio, {"/api/v0/models": answers({"models": []})})[0] is None
