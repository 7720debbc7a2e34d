"""llama.cpp's server: known by `/props`; it parses what its templates know."""

import pytest

from dragoman.engines import Reply, llamacpp
from tests.engines.conversation import answers, refusal, survey, tokens

PROPS = answers({"default_generation_settings": {}, "build_info": "b6000-0c1e57098"})

CASES: dict[str, tuple[Reply, bool]] = {
    "tools are taken": (tokens(90), True),
    "it was started without templates": (refusal("tools param requires --jinja flag", 500), False),
}


@pytest.mark.parametrize(("tried", "parses"), CASES.values(), ids=CASES)
def test_whether_it_parses_is_tried(tried: Reply, parses: bool) -> None:
    found, _asked = survey(llamacpp, {"/props": PROPS, "/v1/chat/completions": tried})
    assert found is not None
    assert (found.kind, found.version) == ("llamacpp", "b6000-0c1e57098")
    assert found.parses is parses
    assert (found.renders, found.counts) == (False, False)


def test_another_server_with_props_is_none() -> None:
    assert survey(llamacpp, {"/props": answers({"model": "x"})})[0] is None
