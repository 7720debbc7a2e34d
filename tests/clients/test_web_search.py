"""Web search for clients that leave it to the server: the real `anthropic` package, a search engine of the
tests' own, and a scripted engine that asks for the searches."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import ServerToolUseBlock, TextBlock, ToolUseBlock, WebSearchToolResultBlock

from dragoman.journey import answering, exchange
from dragoman.settings import Search
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import Answer, Asked, Pause, ScriptedEngine, call_piece, chunk, says, stream
from tests.searxng import SearxNG

pytestmark = pytest.mark.requirement("CC-27")

WANTED: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
OWN: dict[str, Any] = {
    "name": "note",
    "input_schema": {"type": "object", "properties": {"x": {"type": "string"}}},
}
HOW = pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])


@pytest.fixture(scope="module")
def web() -> Iterator[SearxNG]:
    with SearxNG() as running:
        yield running


@pytest.fixture(scope="module")
def trio(web: SearxNG) -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with (
        ScriptedEngine() as engine,
        gateway_before(engine.url, search=Search("searxng", web.url)) as gateway,
    ):
        yield engine, gateway


@pytest.fixture
def engine(trio: tuple[ScriptedEngine, RunningGateway], web: SearxNG) -> Iterator[ScriptedEngine]:
    trio[0].reset()
    web.queries.clear()
    web.mood = "well"
    yield trio[0]


@pytest.fixture
def create(trio: tuple[ScriptedEngine, RunningGateway]) -> Iterator[Callable[..., anthropic.types.Message]]:
    """A message as the package gives it, streamed (what its helper accumulates) or whole."""

    def make(streamed: bool, messages: Any = "What is Longjing?", **more: Any) -> anthropic.types.Message:
        given = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
        asked: Any = {"model": "claude-x", "max_tokens": 500, "messages": given, "tools": [WANTED]} | more
        if not streamed:
            message: anthropic.types.Message = client.messages.create(**asked)
            return message
        with client.messages.stream(**asked) as stream:
            return stream.get_final_message()

    with anthropic.Anthropic(base_url=trio[1].url, api_key="any", max_retries=0) as client:
        yield make


Create = Callable[..., anthropic.types.Message]


def search(*queries: str, say: str = "") -> Callable[[Asked], Answer]:
    calls = [("web_search", json.dumps({"query": query})) for query in queries]
    return says(*([say] if say else []), calls=calls)


def kinds(message: anthropic.types.Message) -> list[str]:
    return [block.type for block in message.content]


def told(engine: ScriptedEngine) -> list[str]:
    """What the engine was told of the searches of the last round."""
    return [m["content"] for m in engine.chats()[-1].body["messages"] if m["role"] == "tool"]


@HOW
def test_a_search_in_mid_reply(engine: ScriptedEngine, web: SearxNG, create: Create, streamed: bool) -> None:
    engine.next(search("longjing tea", say="I will look it up."), says("It is a green tea."))
    message = create(streamed)
    assert kinds(message) == ["text", "server_tool_use", "web_search_tool_result", "text"]
    first, call, result, last = message.content
    assert isinstance(first, TextBlock)
    assert first.text == "I will look it up."
    assert isinstance(call, ServerToolUseBlock)
    assert (call.name, call.input) == ("web_search", {"query": "longjing tea"})
    assert isinstance(result, WebSearchToolResultBlock)
    assert result.tool_use_id == call.id
    assert isinstance(result.content, list)
    assert [(page.title, page.url) for page in result.content] == [
        ("龙井茶", "https://tea.example/longjing"),
        ("Buy now", "https://spam.example/buy"),
        ("Tea", "https://docs.example/tea"),
    ]
    assert result.content[2].page_age == "2026-05-04T00:00:00"
    assert isinstance(last, TextBlock)
    assert last.text == "It is a green tea."
    assert message.stop_reason == "end_turn"
    assert message.usage.server_tool_use is not None
    assert message.usage.server_tool_use.web_search_requests == 1
    assert message.usage.output_tokens == 6
    assert web.queries == ["longjing tea"]
    assert "A green tea of Hangzhou." in told(engine)[0]
    offered = [tool["function"]["name"] for tool in engine.chats()[0].body["tools"]]
    assert offered == ["web_search"]


@HOW
def test_several_searches_at_once_and_one_after_the_other(
    engine: ScriptedEngine, web: SearxNG, create: Create, streamed: bool
) -> None:
    engine.next(search("one", "two"), search("three", say="And then:"), says("Found."))
    message = create(streamed)
    pair = ["server_tool_use", "web_search_tool_result"]
    assert kinds(message) == [*pair, *pair, "text", *pair, "text"]
    ids = [block.id for block in message.content if isinstance(block, ServerToolUseBlock)]
    assert len(set(ids)) == 3
    assert [b.tool_use_id for b in message.content if isinstance(b, WebSearchToolResultBlock)] == ids
    assert web.queries == ["one", "two", "three"]
    assert len(told(engine)) == 3


@HOW
def test_a_call_of_the_clients_own_beside_a_search(
    engine: ScriptedEngine, create: Create, streamed: bool
) -> None:
    calls = [("web_search", '{"query":"tea"}'), ("note", '{"x":"1"}')]
    engine.next(says(calls=calls))
    message = create(streamed, tools=[WANTED, OWN])
    assert sorted(kinds(message)) == ["server_tool_use", "tool_use", "web_search_tool_result"]
    assert message.stop_reason == "tool_use"
    own = next(block for block in message.content if isinstance(block, ToolUseBlock))
    assert own.input == {"x": "1"}
    assert len(engine.chats()) == 1

    # The client answers its own call, and the search stands in the conversation.
    engine.next(says("Noted."))
    result = {"type": "tool_result", "tool_use_id": own.id, "content": "ok"}
    history = [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    assert kinds(create(streamed, history, tools=[WANTED, OWN])) == ["text"]
    _user, assistant, tool = engine.chats()[-1].body["messages"]
    assert [call["function"]["name"] for call in assistant["tool_calls"]] == ["note"]
    assert "https://tea.example/longjing" in assistant["content"]
    assert (tool["role"], tool["content"]) == ("tool", "ok")


@HOW
def test_a_conversation_goes_on_and_its_prompt_only_grows(
    engine: ScriptedEngine, create: Create, streamed: bool
) -> None:
    engine.next(search("tea", say="I look."), says("Green."), says("From Hangzhou."), says("Yes."))
    history: list[Any] = [{"role": "user", "content": "What is Longjing?"}]
    for further in ("Where from?", "Really?"):
        history.append({"role": "assistant", "content": create(streamed, history).content})
        history.append({"role": "user", "content": further})
    create(streamed, history)
    second, third = [asked.body["messages"] for asked in engine.chats()[-2:]]
    assert third[: len(second)] == second
    remembered = second[1]["content"]
    order = ["I look.", "The web was searched for 'tea'", "A green tea of Hangzhou.", "Green."]
    places = [remembered.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("mood", "why"), [("rubbish", "something else"), ("forbidden", "answered 403"), ("broken", "closed")]
)
@HOW
def test_a_search_that_fails_is_told_and_the_reply_goes_on(
    engine: ScriptedEngine, web: SearxNG, create: Create, streamed: bool, mood: str, why: str
) -> None:
    web.mood = mood
    engine.next(search("tea"), says("I could not look it up."))
    message = create(streamed)
    assert kinds(message) == ["server_tool_use", "web_search_tool_result", "text"]
    result = message.content[1]
    assert isinstance(result, WebSearchToolResultBlock)
    assert isinstance(result.content, anthropic.types.WebSearchToolResultError)
    assert result.content.error_code == "unavailable"
    assert why in told(engine)[0]


@HOW
def test_a_provider_that_is_down(engine: ScriptedEngine, streamed: bool) -> None:
    engine.next(search("tea"), says("No luck."))
    with (
        gateway_before(engine.url, search=Search("searxng", "http://127.0.0.1:1")) as gateway,
        anthropic.Anthropic(base_url=gateway.url, api_key="any", max_retries=0) as client,
    ):
        asked: Any = {"model": "claude-x", "max_tokens": 9, "tools": [WANTED]}
        asked["messages"] = [{"role": "user", "content": "x"}]
        if streamed:
            with client.messages.stream(**asked) as stream:
                message = stream.get_final_message()
        else:
            message = client.messages.create(**asked)
    assert kinds(message) == ["server_tool_use", "web_search_tool_result", "text"]


@HOW
@pytest.mark.requirement("CC-61")
def test_a_search_that_hangs_is_given_up_with_the_connection_kept_alive(
    engine: ScriptedEngine,
    web: SearxNG,
    trio: tuple[ScriptedEngine, RunningGateway],
    create: Create,
    streamed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange, "SEARCH_PATIENCE", 0.6)
    monkeypatch.setattr(answering, "PING", 0.1)
    web.mood = "slow"
    engine.next(search("tea", say="I look."), says("It took too long."))
    message = create(streamed)
    assert kinds(message) == ["text", "server_tool_use", "web_search_tool_result", "text"]
    assert "no answer within 0.6 s" in told(engine)[0]
    if streamed:
        engine.next(search("tea"), says("Again."))
        asked = {"model": "claude-x", "max_tokens": 9, "stream": True, "tools": [WANTED]}
        body = asked | {"messages": [{"role": "user", "content": "x"}]}
        text = trio[1].http.post("/v1/messages", json=body).text
        before, _, after = text.partition("web_search_tool_result")
        assert before.count("event: ping") >= 3
        assert after


@HOW
def test_only_so_many_searches(engine: ScriptedEngine, web: SearxNG, create: Create, streamed: bool) -> None:
    engine.next(search("one", "two"), search("three"), says("Enough."))
    message = create(streamed, tools=[WANTED | {"max_uses": 1}])
    assert web.queries == ["one"]
    failed = [
        block.content.error_code
        for block in message.content
        if isinstance(block, WebSearchToolResultBlock)
        and isinstance(block.content, anthropic.types.WebSearchToolResultError)
    ]
    assert set(failed) == {"max_uses_exceeded"}
    assert message.stop_reason == "end_turn"


DOMAINS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "two allowed": (
        {"allowed_domains": ["tea.example", "docs.example"]},
        "tea (site:tea.example OR site:docs.example)",
        ["https://tea.example/longjing", "https://docs.example/tea"],
    ),
    "one blocked": (
        {"blocked_domains": ["spam.example"]},
        "tea -site:spam.example",
        ["https://tea.example/longjing", "https://docs.example/tea"],
    ),
    "none of those found": ({"allowed_domains": ["other.example"]}, "tea site:other.example", []),
}


@HOW
@pytest.mark.parametrize("case", DOMAINS.values(), ids=DOMAINS)
def test_the_clients_domains(
    engine: ScriptedEngine,
    web: SearxNG,
    create: Create,
    streamed: bool,
    case: tuple[dict[str, Any], str, list[str]],
) -> None:
    fields, asked, shown = case
    engine.next(search("tea"), says("Ok."))
    message = create(streamed, tools=[WANTED | fields])
    assert web.queries == [asked]
    result = message.content[1]
    assert isinstance(result, WebSearchToolResultBlock)
    assert isinstance(result.content, list)
    assert [page.url for page in result.content] == shown
    assert ("found nothing" in told(engine)[0]) == (not shown)


@HOW
def test_a_client_that_demands_a_search_gets_an_answer_after_it(
    engine: ScriptedEngine, create: Create, streamed: bool
) -> None:
    engine.next(search("tea"), says("Green."))
    message = create(streamed, tool_choice={"type": "tool", "name": "web_search"})
    assert kinds(message)[-1] == "text"
    first, second = engine.chats()
    assert first.body["tool_choice"]["function"]["name"] == "web_search"
    assert "tool_choice" not in second.body


@HOW
def test_an_engine_that_fails_after_the_search(
    engine: ScriptedEngine, create: Create, streamed: bool
) -> None:
    engine.next(search("tea"), Answer((b"<html>",), 500))
    with pytest.raises(anthropic.APIStatusError) as failed:
        create(streamed)
    assert "the engine answered 500" in str(failed.value)


@HOW
def test_without_a_provider_the_client_is_told_and_the_engine_not_asked(
    engine: ScriptedEngine, streamed: bool
) -> None:
    with gateway_before(engine.url) as gateway:
        asked = {"model": "claude-x", "max_tokens": 9, "stream": streamed, "tools": [WANTED]}
        answer = gateway.http.post(
            "/v1/messages", json=asked | {"messages": [{"role": "user", "content": "Search."}]}
        )
    assert answer.status_code == 200
    assert "cannot run the tool web_search" in answer.text
    assert engine.chats() == []


def test_a_client_that_reads_slowly_loses_nothing_of_a_search_that_is_given_up(
    engine: ScriptedEngine,
    web: SearxNG,
    trio: tuple[ScriptedEngine, RunningGateway],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands before the search fills the client's connection, so that its first block waits in line."""
    monkeypatch.setattr(exchange, "SEARCH_PATIENCE", 0.3)
    web.mood = "slow"
    asks = (call_piece(0, '{"query":"tea"}', name="web_search", id="c"), chunk(finish="tool_calls"))
    engine.next(stream(chunk(content="x" * 16_000_000), Pause(0.3), *asks), says("It took too long."))
    asked = {"model": "claude-x", "max_tokens": 9, "stream": True, "tools": [WANTED]}
    body = json.dumps(asked | {"messages": [{"role": "user", "content": "x"}]}).encode()
    client = socket.create_connection(("127.0.0.1", trio[1].port), timeout=20)
    head = (
        f"POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    client.sendall(head.encode() + body)
    engine.wait_chats(1)[0].answered.wait(10)
    time.sleep(1.0)
    received = bytearray()
    with client:
        while data := client.recv(1 << 20):
            received += data
    kinds_in_order = re.findall(rb'"content_block":\{"type":"(\w+)"', bytes(received))
    assert kinds_in_order == [b"text", b"server_tool_use", b"web_search_tool_result", b"text"]
    assert b"event: message_stop" in received
