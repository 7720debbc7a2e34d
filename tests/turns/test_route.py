"""Names lead to models."""

import pytest

from dragoman.model.errors import UnknownModel
from dragoman.turns.route import published, reached, route

KNOWN = {"Qwen/Q3": "Qwen/Q3", "small": "small", "claude-local": "claude-local"}
ALIASES = {
    "gpt-4o": "small",
    "gpt-*": "",
    "gpt-4*": "Qwen/Q3",
    "claude-haiku-*": "small",
    "gone": "no-such-model",
}

CASES: dict[str, tuple[str, str]] = {
    "a model's own name": ("small", "small"),
    "a name with a slash": ("Qwen/Q3", "Qwen/Q3"),
    "the published name": ("anthropic/Qwen/Q3", "Qwen/Q3"),
    "an alias": ("gpt-4o", "small"),
    "a pattern": ("gpt-5", "Qwen/Q3"),
    "the longest pattern": ("gpt-4-turbo", "Qwen/Q3"),
    "a pattern for a part of Claude's names": ("claude-haiku-4-5-20251001", "small"),
    "any of Claude's names": ("claude-opus-4-8", "Qwen/Q3"),
    "any of Claude's names as they are published": ("anthropic/claude-opus-4-8", "Qwen/Q3"),
    "a served name that looks like Claude's": ("claude-local", "claude-local"),
    "an alias to a model that is gone": ("gone", "Qwen/Q3"),
}


@pytest.mark.requirement("CC-30")
@pytest.mark.requirement("CC-33")
@pytest.mark.parametrize(("name", "model"), CASES.values(), ids=CASES)
def test_route(name: str, model: str) -> None:
    assert route(name, KNOWN, ALIASES, "Qwen/Q3") == model


@pytest.mark.requirement("CC-32")
@pytest.mark.parametrize("name", ["gtp-4o", "", "anthropic/", "*", "Small", "claude", "[a", "x" * 10_000])
def test_an_unknown_name_is_told_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        route(name, KNOWN, ALIASES, "Qwen/Q3")
    assert f"model: {name}" in caught.value.message
    assert "anthropic/Qwen/Q3" in caught.value.message


@pytest.mark.requirement("CC-31")
def test_published_names_never_look_like_claudes_own() -> None:
    for name in ("Qwen/Q3", "claude-local", "anthropic/x"):
        assert published(name).startswith("anthropic/")
    assert published("anthropic/x") == "anthropic/x"


REACHED: dict[str, tuple[list[str], set[str]]] = {
    "nothing by nothing": ([], set()),
    "a model's own name": (["small"], {"small"}),
    "the published name": (["anthropic/Qwen/Q3"], {"Qwen/Q3"}),
    "the engine's id of a model of another name": (["engine-small"], {"small"}),
    "an alias": (["gpt-4o"], {"small"}),
    "a name that an alias covers": (["gpt-4-turbo"], {"Qwen/Q3"}),
    "several": (["gpt-4o", "claude-local"], {"small", "claude-local"}),
    "a pattern of models": (["Qwen/*"], {"Qwen/Q3"}),
    "a pattern of published names": (["anthropic/Qwen/*"], {"Qwen/Q3"}),
    "a pattern of aliases, the default among them": (["gpt-*"], {"small", "Qwen/Q3"}),
    "a part of Claude's names": (["claude-haiku-*"], {"small"}),
    "another part of Claude's names": (["claude-opus-*"], {"Qwen/Q3"}),
    "all of Claude's names": (["claude-*"], {"Qwen/Q3", "small", "claude-local"}),
    "the end of names, which clients could make up": (["*-small"], {"small"}),
    "everything": (["*"], {"Qwen/Q3", "small", "claude-local"}),
    "an alias to a model that is gone": (["gone"], set()),
    "what nobody knows": (["gpd-4o", "", "[", "Small"], set()),
    "an alias behind a model of the same name": (["shadow*"], {"shadowed"}),
}


@pytest.mark.parametrize(("names", "models"), REACHED.values(), ids=REACHED)
def test_reached(names: list[str], models: set[str]) -> None:
    known = KNOWN | {"engine-small": "small"} | ({"shadowed": "shadowed"} if "shadow*" in names else {})
    aliases = ALIASES | {"shadowed": "small"} if "shadow*" in names else ALIASES
    assert reached(names, known, aliases, "Qwen/Q3") == models


def test_what_is_reached_before_any_model_is_known() -> None:
    assert reached(["claude-*", "small", "*"], {}, ALIASES, None) == set()
