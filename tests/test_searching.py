"""Searches in mid-reply: found, told to the model, and never without end."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.exchange import Circumstances, Exchange
from dragoman.model.turn import Tool, ToolCall
from dragoman.searches import searxng
from dragoman.searching import Searching, SearchService, blocked
from dragoman.settings import Search
from tests.journeys import END, TEXT, Driven, asking, call_chunk, chunk, pool_of

SERVICE = SearchService(searxng, Search("searxng", "http://search"))
WANTED = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
SEARCH = call_chunk('{"query":"tea in Hangzhou"}', "web_search") + chunk("tool_calls") + b"data: [DONE]\n\n"
FOUND = {"results": [{"url": "https://tea.example/longjing", "title": "Longjing", "content": "Green tea."}]}


def searching(**fields: Any) -> Driven:
    def make(given: Circumstances) -> Exchange:
        return Exchange(replace(given, search=SERVICE))

    return Driven(pool_of(window=None), make=make).begin(asking(tools=[WANTED], **fields))


@pytest.mark.requirement("CC-27")
def test_a_search_is_made_and_its_results_are_told_to_the_model() -> None:
    driven = searching().head().send(TEXT + SEARCH)
    assert driven.calls[-1].url == "http://search/search?q=tea+in+Hangzhou&format=json"
    driven.answer(200, FOUND).head().send(TEXT + END)
    *_before, asked, told = json.loads(driven.calls[-1].body)["messages"]
    assert asked["tool_calls"][0]["function"]["arguments"] == '{"query":"tea in Hangzhou"}'
    assert "https://tea.example/longjing" in told["content"]
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"


@pytest.mark.parametrize("failure", ["an error", "rubbish", "a reset"])
def test_a_search_that_fails_is_told_too(failure: str) -> None:
    driven = searching().head().send(SEARCH)
    if failure == "a reset":
        driven.end("reset")
    else:
        driven.answer(500 if failure == "an error" else 200, b"<html>")
    assert "failed: unavailable" in json.loads(driven.calls[-1].body)["messages"][-1]["content"]
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"


def test_a_model_that_searches_without_end_is_stopped() -> None:
    driven = searching()
    rounds = 0
    while driven.outcome is None:
        rounds += 1
        assert rounds < 10
        if driven.calls[-1].method == "GET":
            driven.answer(200, FOUND)
        else:
            driven.head().send(SEARCH)
    assert sum(call.method == "GET" for call in driven.calls) == 2
    assert driven.outcome.ending == "complete"


def test_a_client_that_leaves_during_a_search() -> None:
    driven = searching().head().send(SEARCH).leave()
    assert driven.outcome is not None
    assert driven.alive is None


DOMAINS: dict[str, tuple[str, bool]] = {
    "the domain itself": ("https://spam.example/a", True),
    "one below it": ("https://www.Spam.example", True),
    "one that only ends alike": ("https://notspam.example/", False),
    "the name in the path": ("https://good.example/spam.example", False),
    "no address": ("spam.example", False),
}


@pytest.mark.parametrize(("url", "is_blocked"), DOMAINS.values(), ids=DOMAINS)
def test_blocked_domains(url: str, is_blocked: bool) -> None:
    assert blocked(url, ("spam.example",)) is is_blocked


@pytest.mark.parametrize("arguments", ["", "{", '"tea"', "[1]", '{"query":5}', '{"a":' * 5000])
def test_whatever_a_model_asks_a_search_can_be_made_of_it(arguments: str) -> None:
    made = Searching(SERVICE, Tool("web_search", kind="web_search_20250305"))
    _started, call = made.start(ToolCall("1", "web_search", arguments))
    assert call is not None
    assert call.url.startswith("http://search/search?q=")
    assert made.finish(None).error == "unavailable"
