"""A request whose PDFs are still being read: kept alive, left by its client, told what is wrong."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dragoman import extract
from dragoman.journey import answering, exchange
from dragoman.journey.counting import Counting
from tests import pdfs
from tests.gateway import RunningGateway, gateway_before, until
from tests.journeys import END, TEXT, Driven, asking, pool_of
from tests.scripted_engine import ScriptedEngine
from tests.streams import anthropic_message

pytestmark = pytest.mark.requirement("CC-25")


def pdf(data: str = "AAAA") -> dict[str, Any]:
    source = {"type": "base64", "media_type": "application/pdf", "data": data}
    return {"type": "document", "title": "tea.pdf", "source": source}


def reading(stream: bool = True, **fields: Any) -> Driven:
    content = [{"type": "text", "text": "Read this."}, pdf()]
    messages = [{"role": "user", "content": content}]
    driven = Driven(pool_of(window=None)).begin(asking(stream, messages=messages, **fields))
    assert driven.reading
    assert driven.calls == []
    return driven


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_the_engine_is_asked_when_all_is_read(stream: bool) -> None:
    driven = reading(stream).read("Longjing is a tea.")
    assert "Longjing is a tea." in driven.calls[0].body.decode()
    assert "AAAA" not in driven.calls[0].body.decode()


@pytest.mark.requirement("CC-61")
def test_a_client_hears_something_while_a_file_is_read() -> None:
    driven = reading().pass_time(40)
    assert driven.opened is not None
    assert driven.out.count(b"event: ping") == 3
    driven.read("Longjing is a tea.").head().send(TEXT + END)
    assert anthropic_message(driven.out)["content"] == [{"type": "text", "text": "Hello"}]


@pytest.mark.parametrize("after", [0, 20])
def test_a_client_that_leaves_ends_the_reading(after: int) -> None:
    driven = reading().pass_time(after).leave()
    assert driven.outcome is not None
    assert driven.outcome.ending == "cancelled"
    assert driven.reading == ()
    driven.read("late")
    assert driven.calls == []


@pytest.mark.parametrize("after", [0, 20])
def test_what_is_wrong_with_the_request_is_told_after_the_reading(after: int) -> None:
    driven = reading(model="gpt-x").pass_time(after).read("x")
    assert driven.outcome is not None
    assert driven.error["type"] == "not_found_error"
    assert driven.outcome.status == (200 if after else 404)


def test_a_count_is_of_the_text_that_was_read() -> None:
    content = [{"type": "text", "text": "Read this."}, pdf()]
    asked = {"model": "claude-x", "messages": [{"role": "user", "content": content}]}
    driven = Driven(pool_of(), make=Counting).begin(asked).read("Longjing is a tea.")
    assert driven.paths == ["0/tokenize"]
    assert "Longjing is a tea." in driven.calls[0].body.decode()
    driven.answer(200, {"count": 30})
    assert driven.out == b'{"input_tokens":30}'

    driven = Driven(pool_of(), make=Counting).begin(asked).pass_time(40)
    assert json.loads(driven.out)["input_tokens"] > 0
    assert driven.calls == []


def test_a_search_works_behind_a_reading_that_took_long() -> None:
    from tests.journey.test_searching import FOUND, SEARCH, WANTED, searching

    content = [{"type": "text", "text": "Read this."}, pdf()]
    driven = searching(messages=[{"role": "user", "content": content}]).pass_time(20).read("x")
    driven.head().send(TEXT + SEARCH).answer(200, FOUND).head().send(TEXT + END)
    kinds = [block["type"] for block in anthropic_message(driven.out)["content"]]
    assert kinds == ["text", "server_tool_use", "web_search_tool_result", "text"]
    assert WANTED["name"] == "web_search"


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ScriptedEngine, RunningGateway]]:
    with ScriptedEngine() as engine, gateway_before(engine.url) as gateway:
        yield engine, gateway


@pytest.fixture
def engine(pair: tuple[ScriptedEngine, RunningGateway]) -> ScriptedEngine:
    pair[0].reset()
    return pair[0]


def asked(*files: bytes, **fields: Any) -> dict[str, Any]:
    content = [pdf(base64.b64encode(file).decode()) for file in files]
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]} | fields


def children() -> set[str]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for file in listed for pid in file.read_text().split()}


def test_good_and_bad_files_in_one_request(engine: ScriptedEngine, pair: Any) -> None:
    body = asked(pdfs.made(["Longjing"]), b"no PDF", pdfs.encrypted(), model="claude-x")
    assert pair[1].http.post("/v1/messages", json=body).status_code == 200
    said = engine.chats()[-1].body["messages"][0]["content"]
    assert "[page 1]\nLongjing" in said
    assert said.count("holds no text that can be read") == 2


@pytest.mark.requirement("CC-44")
def test_a_client_that_leaves_ends_the_process_that_reads(engine: ScriptedEngine, pair: Any) -> None:
    before = children()
    with pytest.raises(httpx2.TimeoutException):
        pair[1].http.post("/v1/messages", json=asked(pdfs.bomb(30_000_000), model="claude-x"), timeout=2.0)
    until(lambda: children() <= before, 3)
    assert engine.chats() == []


@pytest.mark.requirement("CC-61")
def test_a_slow_file_costs_its_text_and_not_the_reply(
    engine: ScriptedEngine, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "TIMEOUT", 1.5)
    monkeypatch.setattr(exchange, "PATIENCE", 0.1)
    monkeypatch.setattr(answering, "PING", 0.2)
    body = asked(pdfs.bomb(31_000_000), model="claude-x", stream=True)
    answer = pair[1].http.post("/v1/messages", json=body)
    assert answer.text.count("event: ping") >= 3
    assert "event: message_stop" in answer.text
    assert "holds no text that can be read" in engine.chats()[-1].body["messages"][0]["content"]
