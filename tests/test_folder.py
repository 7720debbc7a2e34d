"""The folder as registry: launchers, formats of tool calls, profiles of families."""

import pytest

from dragoman import folder, launchers, toolcalls
from dragoman.engines.vllm.survey import ENGINE_TYPE, LOSSY


def test_the_listing_names_modules_in_order() -> None:
    names = folder.names(launchers)
    assert "claude" in names
    assert list(names) == sorted(names)


def test_a_listed_module_is_loaded() -> None:
    assert folder.load(launchers, "claude").__name__ == "dragoman.launchers.claude"


@pytest.mark.parametrize("name", ["", "no-such", "..settings", "claude.environment", "__init__"])
def test_a_name_that_is_not_listed_is_never_imported(name: str) -> None:
    with pytest.raises(KeyError):
        folder.load(launchers, name)


def test_every_module_of_a_format_is_in_the_catalog() -> None:
    catalog = folder.catalog()
    assert catalog.names == folder.names(toolcalls)
    assert catalog is folder.catalog()


def test_every_profile_is_named_for_its_file_and_names_a_format_that_there_is() -> None:
    profiles = folder.profiles()
    families = [profile.family for profile in profiles]
    assert families == sorted(families)
    assert len(set(families)) == len(families)
    for profile in profiles:
        assert profile.names
        assert profile.tool_format in folder.catalog().names
        assert folder.catalog().auto(profile.tool_format)
        assert (profile.thinking == "never") <= (not profile.opened_by_prompt)


def test_parsers_that_are_gone_round_belong_to_families() -> None:
    parsers = {profile.tool_parser for profile in folder.profiles()}
    assert {"hermes", "qwen3_coder", "mimo"} <= parsers
    assert LOSSY & parsers <= ENGINE_TYPE
