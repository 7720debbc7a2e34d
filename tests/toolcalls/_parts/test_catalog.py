"""Formats by name."""

from collections import Counter

import pytest

from dragoman import folder, toolcalls
from dragoman.toolcalls import AUTO, Catalog, Format

FORMATS: dict[str, Format] = {name: folder.load(toolcalls, name).FORMAT for name in folder.names(toolcalls)}
CATALOG = Catalog(FORMATS)


def test_a_name_another_name_and_auto() -> None:
    assert CATALOG.find("hermes_json") is FORMATS["hermes_json"]
    assert CATALOG.find("qwen3_coder") is FORMATS["qwen_xml"]
    assert CATALOG.find(AUTO) is CATALOG.find(AUTO)


@pytest.mark.parametrize("name", ["", "nonsense", "_parts", "os", "../hermes_json"])
def test_any_other_name_is_unknown(name: str) -> None:
    with pytest.raises(KeyError, match="no tool-call format is called"):
        CATALOG.find(name)


def test_no_two_formats_share_a_name() -> None:
    names = Counter([*FORMATS, AUTO, *(other for format in FORMATS.values() for other in format.others)])
    assert [name for name, times in names.items() if times > 1] == []


def test_auto_knows_the_familys_tags_for_certain_and_the_others_where_the_tool_is_on_offer() -> None:
    auto = CATALOG.auto("kimi_k2")
    assert "<|tool_call_begin|>" in auto.openers
    assert "[TOOL_CALLS]" in auto.leaks
    assert "{" not in auto.leaks
