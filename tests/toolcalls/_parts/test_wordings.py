"""What a family is told that calls look like, the reader of the same family reads back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman import folder
from dragoman.model.turn import Tool
from tests.toolcalls.reading import TOOLS, call, cut_at, read, round_trip

CATALOG = folder.catalog()
WORDED = [name for name in CATALOG.names if CATALOG.find(name).wording is not None]
XML = r"</(?:parameter|arg_value|｜DSML｜parameter)>\s*<|<parameter|<arg_key>|<｜DSML｜parameter"
"""What no reader of a family can tell from its own tags."""
TOKENS = (
    "</parameter>",
    "</function>",
    "</arg_value>",
    "<｜tool▁call▁end｜>",
    "[ARGS]",
    "<|tool_call_end|>",
    "```",
)
ID = "functions.act:0"


def test_these_families_are_told_in_their_own_words() -> None:
    assert {"qwen_xml", "glm_xml", "deepseek_v31", "kimi_k2", "llama3_json", "mistral_args"} <= set(WORDED)
    assert len(WORDED) >= 12


@pytest.mark.parametrize("name", WORDED)
def test_random_calls_are_read_back(name: str) -> None:
    wording = CATALOG.find(name).wording
    assert wording is not None

    def render(tool: str, arguments: dict[str, Any]) -> str:
        return wording.calls.round([wording.call(tool, arguments, ID)])

    for format in (CATALOG.find(name), CATALOG.auto(name)):
        round_trip(format, render, TOKENS, XML)()


@pytest.mark.parametrize("name", WORDED)
@settings(deadline=None, max_examples=40)
@given(places=st.lists(st.integers(0, 400), max_size=8))
def test_two_calls_in_one_turn_are_read_back(name: str, places: list[int]) -> None:
    wording = CATALOG.find(name).wording
    assert wording is not None
    first = {"file_path": "/a b", "content": "x = '1'\n\n</tool_call> \"你好\"\n", "mode": 7}
    second = {"city": "Köln", "tags": ["a", "b"], "exact": True}
    text = wording.calls.round(
        [
            wording.call("Write", first, "functions.Write:0"),
            wording.call("get_weather", second, "functions.get_weather:1"),
        ]
    )
    wanted = [call("Write", **first), call("get_weather", **second)]
    assert read(CATALOG.auto(name), cut_at(text, places), TOOLS) == wanted


@pytest.mark.parametrize("name", WORDED)
def test_no_sheet_is_read_as_a_call_of_a_tool_on_offer(name: str) -> None:
    """Models quote their instructions at times."""
    wording = CATALOG.find(name).wording
    assert wording is not None
    sheet = wording.offer([Tool("ping")])
    kinds = {
        (kind, value[0]) for kind, value in read(CATALOG.auto(name), [f"They say: {sheet}"]) if kind == "call"
    }
    assert ("call", "ping") not in kinds
