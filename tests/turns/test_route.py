"""Names lead to models."""

import pytest

from dragoman.model.errors import UnknownModel
from dragoman.turns.route import published, route

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
