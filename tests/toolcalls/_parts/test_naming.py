"""Which tool a model meant."""

import pytest

from dragoman.model.turn import Tool
from dragoman.toolcalls import ANYTHING, compile_tools, offered

TOOLS = offered(
    [
        {"name": name}
        for name in ("get_weather", "Write", "mcp__files__read_file", "mcp__a__list", "mcp__b__list")
    ]
)

NAMES = {
    "the name itself": ("get_weather", "get_weather"),
    "spaces round it": (" get_weather\n", "get_weather"),
    "another case": ("write", "Write"),
    "another style": ("getWeather", "get_weather"),
    "dashes": ("get-weather", "get_weather"),
    "a prefix": ("functions.Write", "Write"),
    "a prefix and an index": ("functions.Write:3", "Write"),
    "tokens": ("Write<|channel|>", "Write"),
    "quotes": ('"Write"', "Write"),
    "a tool's name without its server": ("read_file", "mcp__files__read_file"),
    "a server that is not there": ("mcp__x__get_weather", "get_weather"),
    "what two servers have": ("list", "list"),
    "never a part of a name": ("weather", "weather"),
    "an unknown one": ("delete_all", "delete_all"),
}


@pytest.mark.parametrize("sentence", NAMES)
def test_meant(sentence: str) -> None:
    given, expected = NAMES[sentence]
    assert TOOLS.meant(given) == expected


def test_two_names_that_differ_in_case_are_not_confused() -> None:
    tools = offered([{"name": "read"}, {"name": "Read"}])
    assert tools.meant("Read") == "Read"
    assert tools.meant("READ") == "READ"


def test_every_name_is_on_offer_where_nobody_knows() -> None:
    assert ANYTHING.offers("x")
    assert ANYTHING.meant("x y") == "x y"
    assert bool(ANYTHING)
    assert not offered([])


def test_a_glued_name_is_split_by_the_longest() -> None:
    tools = offered([{"name": "get"}, {"name": "get_all"}])
    assert tools.split("get_all path") == ("get_all", " path")
    assert tools.split("put path") == ("", "put path")


def test_tools_of_a_request() -> None:
    tools = compile_tools([Tool("a")])
    assert tools.offers("a")
    assert tools.shape("a").allows("object")
