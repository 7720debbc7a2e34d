"""Tools of Anthropic's servers: the search offered as our own, the rest said to be missing."""

import pytest
from msgspec import Raw

from dragoman.model.search import Found
from dragoman.model.turn import Request, Text, Thinking, Tool, ToolCall, ToolChoice, ToolResult, Turn
from dragoman.turns.servertools import (
    NAME,
    TOOL,
    USES,
    as_text,
    asked_search,
    continued,
    missing,
    query,
    uses,
    with_search,
)

SEARCH = Tool("web_search", kind="web_search_20250305")
FETCH = Tool("web_fetch", kind="web_fetch_20250910")
BASH = Tool("bash", kind="bash_20250124")
OWN = Tool("Read", "Reads.")


def search(**extra: str) -> Tool:
    return Tool(
        "web_search",
        kind="web_search_20250305",
        extra={name: Raw(text.encode()) for name, text in extra.items()},
    )


def test_the_search_takes_the_place_of_the_servers_tool() -> None:
    request = Request("m", (), tools=(OWN, SEARCH, FETCH))
    assert asked_search(request.tools) is SEARCH
    assert with_search(request).tools == (OWN, TOOL, FETCH)
    assert asked_search((OWN, FETCH)) is None
    assert TOOL.name == NAME


MISSING: dict[str, tuple[tuple[Tool, ...], str]] = {
    "no tools": ((), ""),
    "the client's own": ((OWN,), ""),
    "one that the client runs, by its type alone": ((BASH,), ""),
    "a server's beside the client's own": ((OWN, SEARCH), ""),
    "a server's alone": ((SEARCH,), "web_search"),
    "two servers'": ((SEARCH, FETCH), "web_search, web_fetch"),
    "one twice": ((SEARCH, SEARCH), "web_search"),
}


@pytest.mark.requirement("CC-27")
@pytest.mark.parametrize(("tools", "named"), MISSING.values(), ids=MISSING)
def test_what_nobody_here_can_run_is_named(tools: tuple[Tool, ...], named: str) -> None:
    said = missing(tools)
    assert bool(said) == bool(named)
    assert f"the tool {named}: it is not configured" in said or not named


@pytest.mark.parametrize(
    ("given", "expected"), [("3", 3), ("0", 0), ("null", USES), ('"3"', USES), ("[]", USES), ("1.5", USES)]
)
def test_how_often(given: str, expected: int) -> None:
    assert uses(search(max_uses=given)) == expected
    assert uses(SEARCH) == USES


def test_within_the_clients_domains() -> None:
    tool = search(allowed_domains='["a.example","b.example"]', blocked_domains='["c.example"]')
    asked = query(ToolCall("1", NAME, '{"query":"tea"}'), tool)
    assert (asked.text, asked.allowed, asked.blocked) == ("tea", ("a.example", "b.example"), ("c.example",))


@pytest.mark.parametrize("given", ["null", '"a.example"', "[1]", "{}"])
def test_domains_that_are_none_allow_and_block_nothing(given: str) -> None:
    asked = query(ToolCall("1", NAME, '{"query":"q"}'), search(allowed_domains=given, blocked_domains=given))
    assert (asked.allowed, asked.blocked) == ((), ())


def test_what_the_model_reads() -> None:
    text = as_text("tea", (Found("A", "http://a", "x"), Found("B", "http://b")), "")
    assert text == "Results of the web search for 'tea':\n1. A\n   http://a\n   x\n2. B\n   http://b"
    assert as_text("tea", (), "") == "The web search for 'tea' found nothing."
    assert as_text("tea", (), "unavailable: reset") == "The web search for 'tea' failed: unavailable: reset."


CHOICES: dict[str, tuple[ToolChoice, ToolChoice]] = {
    "free": (ToolChoice(), ToolChoice()),
    "none": (ToolChoice("none"), ToolChoice("none")),
    "any": (ToolChoice("required"), ToolChoice()),
    "this one, alone": (ToolChoice("named", NAME, parallel=False), ToolChoice(parallel=False)),
}


@pytest.mark.parametrize(("before", "after"), CHOICES.values(), ids=CHOICES)
def test_the_next_round(before: ToolChoice, after: ToolChoice) -> None:
    asked = Request("m", (Turn("user", (Text("Hi"),)),), tools=(TOOL,), tool_choice=before)
    call = ToolCall("srvtoolu_1", NAME, '{"query":"tea"}')
    made = continued(asked, (Thinking("hm"), Text("I look.")), [(call, "Found it.")])
    assert made.turns[:1] == asked.turns
    assert made.turns[1] == Turn("assistant", (Text("I look."), call))
    assert made.turns[2] == Turn("user", (ToolResult("srvtoolu_1", (Text("Found it."),)),))
    assert made.tool_choice == after
