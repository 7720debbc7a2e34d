"""Searches in mid-reply: found, told to the model, and never without end."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.journey.exchange import Circumstances, Exchange
from dragoman.journey.searching import Searching, SearchService, permitted
from dragoman.model.search import Query
from dragoman.model.turn import Tool, ToolCall
from dragoman.searches import searxng
from dragoman.settings import Search
from tests.journeys import END, TEXT, Driven, asking, call_chunk, chunk, pool_of, whole
from tests.streams import anthropic_message

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
    assert asked["tool_calls"][0]["function"]["arguments"] == '{"query": "tea in Hangzhou"}'
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


# The page found, the domains allowed and blocked -> whether it is shown.
PAGES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], bool]] = {
    "nothing is said": ("https://a.example/x", (), (), True),
    "the blocked domain itself": ("https://spam.example/a", (), ("spam.example",), False),
    "one below it, in capitals": ("https://www.Spam.example", (), ("SPAM.example",), False),
    "one that only ends alike": ("https://notspam.example/", (), ("spam.example",), True),
    "its name in the path": ("https://good.example/spam.example", (), ("spam.example",), True),
    "its name as a user": ("https://good.example@spam.example/", (), ("spam.example",), False),
    "with a port and a dot": ("https://spam.example.:443/", (), ("spam.example",), False),
    "the second allowed domain": ("https://b.example/", ("a.example", "b.example"), (), True),
    "outside the allowed ones": ("https://c.example/", ("a.example", "b.example"), (), False),
    "allowed but a part of it blocked": ("https://a.b.example/", ("b.example",), ("a.b.example",), False),
    "a path of a domain": ("https://a.example/docs/x", ("a.example/docs",), (), True),
    "a path with a star": ("https://a.example/docs/x", ("a.example/docs/*",), (), True),
    "another path": ("https://a.example/docsx", ("a.example/docs",), (), False),
    "a domain written as an address": ("https://a.example/x", ("https://a.example/",), (), True),
    "no address": ("spam.example", (), (), False),
    "no page": ("javascript:alert(1)", (), (), False),
    "half an address": ("https://[::1", (), (), False),
}


@pytest.mark.parametrize(("url", "allowed", "blocked", "shown"), PAGES.values(), ids=PAGES)
def test_pages_that_the_client_allows(
    url: str, allowed: tuple[str, ...], blocked: tuple[str, ...], shown: bool
) -> None:
    assert permitted(url, Query("q", allowed, blocked)) is shown


@pytest.mark.parametrize("arguments", ["{", '"tea"', "[1]", '{"query":5}', '{"a":' * 150])
def test_whatever_a_model_asks_a_search_can_be_made_of_it(arguments: str) -> None:
    made = Searching(SERVICE, Tool("web_search", kind="web_search_20250305"))
    _started, call = made.start(ToolCall("1", "web_search", arguments))
    assert call is not None
    assert call.url.startswith("http://search/search?q=")
    assert made.finish(None).error == "unavailable"


IMPOSSIBLE: dict[str, tuple[str, str]] = {
    "no arguments": ("", "invalid_tool_input"),
    "no query": ("{}", "invalid_tool_input"),
    "blanks": ('{"query":" \\n"}', "invalid_tool_input"),
    "null": ('{"query":null}', "invalid_tool_input"),
    "a whole essay": (json.dumps({"query": "x" * 1001}), "query_too_long"),
    "brackets without end": ('{"a":' * 5000, "query_too_long"),
}


@pytest.mark.parametrize(("arguments", "code"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_search_that_cannot_be_made_is_not_made(arguments: str, code: str) -> None:
    made = Searching(SERVICE, Tool("web_search", kind="web_search_20250305"))
    _started, call = made.start(ToolCall("1", "web_search", arguments))
    assert call is None
    assert made.finish(None).error == code
    ((_call, told),) = made.results
    assert code in told


def test_hundreds_of_searches_at_once_are_no_trouble() -> None:
    calls = b"".join(call_chunk(json.dumps({"query": f"q{n}"}), "web_search", n) for n in range(700))
    driven = searching().head().send(calls + chunk("tool_calls") + b"data: [DONE]\n\n")
    for _ in range(2):
        driven.answer(200, FOUND)
    told = json.loads(driven.calls[-1].body)["messages"][-700:]
    assert [message["content"][:7] for message in told] == ["Results"] * 2 + ["The web"] * 698
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"


def test_a_demanded_search_is_demanded_once() -> None:
    driven = searching(tool_choice={"type": "tool", "name": "web_search"}).head().send(SEARCH)
    assert json.loads(driven.calls[0].body)["tool_choice"]["function"]["name"] == "web_search"
    driven.answer(200, FOUND)
    assert "tool_choice" not in json.loads(driven.calls[-1].body)
    driven.head().send(TEXT + END)
    assert b"Hello" in driven.out


@pytest.mark.requirement("CC-61")
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_search_that_hangs_is_given_up_and_the_reply_goes_on(stream: bool) -> None:
    driven = searching(stream=stream).head()
    if stream:
        driven.send(TEXT + SEARCH)
    else:
        function = {"name": "web_search", "arguments": '{"query":"tea"}'}
        driven.answer(200, whole("tool_calls", content="Hello", tool_calls=[{"function": function}]))
    assert driven.calls[-1].method == "GET"
    pinged = driven.pass_time(14).out.count(b"event: ping")
    assert pinged == (1 if stream else 0), "ten seconds of silence are filled while the web is searched"
    assert driven.calls[-1].method == "GET"
    driven.pass_time(2)
    assert (
        "unavailable: no answer within 15 s" in json.loads(driven.calls[-1].body)["messages"][-1]["content"]
    )
    driven.head()
    driven.send(TEXT + END) if stream else driven.answer(200, whole(content="Then without."))
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"
    assert b"unavailable" in driven.out


def test_an_answer_without_end_is_no_answer() -> None:
    driven = searching().head().send(SEARCH).head()
    for _ in range(5):
        driven.send(b" " * 1024 * 1024)
        if driven.calls[-1].method != "GET":
            break
    assert "too large" in json.loads(driven.calls[-1].body)["messages"][-1]["content"]
    assert driven.outcome is None


def test_a_clients_own_call_beside_a_search_ends_the_reply_with_both() -> None:
    own = call_chunk('{"x":"1"}', "run", 1)
    both = call_chunk('{"query":"tea"}', "web_search") + own + chunk("tool_calls") + b"data: [DONE]\n\n"
    driven = searching().head().send(both).answer(200, FOUND)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"
    message = anthropic_message(driven.out)
    assert [block["type"] for block in message["content"]] == [
        "tool_use",
        "server_tool_use",
        "web_search_tool_result",
    ]
    assert message["stop_reason"] == "tool_use"
    assert len(driven.calls) == 2


def test_a_search_that_is_cut_by_the_limit_is_not_made() -> None:
    cut = call_chunk('{"query":"tea in Hang', "web_search") + chunk("length") + b"data: [DONE]\n\n"
    driven = searching().head().send(TEXT + cut)
    assert len(driven.calls) == 1
    message = anthropic_message(driven.out)
    assert message["stop_reason"] == "max_tokens"
    assert [block["type"] for block in message["content"]] == ["text"]


def test_usage_is_of_the_whole_reply() -> None:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":2}}\n\n'
    driven = searching().head().send(SEARCH.removesuffix(b"data: [DONE]\n\n") + usage + b"data: [DONE]\n\n")
    driven.answer(200, FOUND).head().send(TEXT + END)
    used = anthropic_message(driven.out)["usage"]
    assert used["output_tokens"] == 4
    assert used["input_tokens"] == 30
    assert used["server_tool_use"] == {"web_search_requests": 1}
