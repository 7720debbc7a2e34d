"""Questions to servers that answer oddly, late or not at all."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from dragoman.doctor import asking
from dragoman.doctor.asking import Asker, listed
from dragoman.doctor.seen import Engine, Server
from dragoman.engines import Reply
from dragoman.runtime.supervisor import free_port
from dragoman.settings import Upstream
from tests.scripted_engine import DROP, STALL, Answer, Asked, Script, ScriptedEngine, whole


class Playing(ScriptedEngine):
    """`pages` are what it answers, 404 elsewhere."""

    def __init__(self, pages: Mapping[str, Script]) -> None:
        super().__init__()
        self._pages = pages

    def _answer_to(self, asked: Asked) -> Answer:
        script = self._pages.get(asked.path)
        if script is None:
            return whole({"detail": "Not Found"}, 404)
        return script if isinstance(script, Answer) else script(asked)


def server(url: str) -> Server:
    async def run() -> Server:
        asker = Asker("k")
        try:
            return await asker.server(url)
        finally:
            asker.close()

    return asyncio.run(run())


ODD: dict[str, tuple[dict[str, Script], str]] = {
    "one that hangs up": ({"/": Answer(before=(DROP,))}, ""),
    "one that never answers": ({"/": Answer(before=(STALL,))}, ""),
    "one with nothing": ({}, "other"),
    "one whose list is none": ({"/v1/models": whole([])}, "other"),
    "one whose list is rubbish": ({"/v1/models": Answer((b"\xff",))}, "other"),
    "one that wants a key": ({"/v1/models": whole({"error": "Unauthorized"}, 401)}, "engine"),
    "one that lists": ({"/v1/models": whole({"data": [{"id": "m"}]})}, "engine"),
    "one of ours": ({"/": whole({"name": "dragoman", "version": "1"})}, "gateway"),
}


@pytest.mark.parametrize("case", ODD)
def test_a_server_is_known_by_what_it_answers(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if case == "one that never answers":
        monkeypatch.setattr(asking, "TIMEOUT", 0.5)
    pages, kind = ODD[case]
    with Playing(pages) as engine:
        found = server(engine.url)
    assert found.kind == kind
    assert bool(found.failure) is (not kind)


def test_an_engine_that_is_slow_to_be_surveyed_is_still_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SURVEY", 0.3)
    pages = {"/v1/models": whole({"data": [{"id": "m"}]}), "/version": Answer(before=(STALL,))}

    async def run(url: str) -> Any:
        asker = Asker()
        try:
            return await asker.engine(Upstream(url))
        finally:
            asker.close()

    with Playing(pages) as engine:
        found = asyncio.run(run(engine.url))
        engine.release()
    assert [model.id for model in found.models] == ["m"]
    assert found.facts.kind == "unknown"


def behind(status: Any) -> tuple[Engine, ...]:
    async def run(url: str) -> tuple[Engine, ...]:
        asker = Asker()
        try:
            return await asker.behind(Server(url, "gateway"), ())
        finally:
            asker.close()

    with Playing({"/status": whole(status)}) as gateway:
        return asyncio.run(run(gateway.url))


KNOWN = {"served_as": "m", "window": 7, "family": "qwen_coder"}
STATUSES: dict[str, tuple[Any, list[tuple[str, bool, int]]]] = {
    "an engine that only the gateway can reach": (
        {"engines": [{"url": f"http://127.0.0.1:{free_port()}", "reachable": True, "models": [KNOWN]}]},
        [("m", True, 1)],
    ),
    "an engine that is gone": ({"engines": [{"url": "http://127.0.0.1:1", "models": []}]}, [("", False, 0)]),
    "no list": ({"engines": 7}, []),
    "odd engines": (
        {"engines": [7, {"url": 7, "reachable": 1, "models": [7, {"window": "x"}]}]},
        [("None", True, 1)],
    ),
    "a list": ([], []),
}


@pytest.mark.parametrize("case", STATUSES)
def test_a_status_page_of_any_shape_is_read(case: str) -> None:
    status, expected = STATUSES[case]
    found = behind(status)
    told = [(e.models[0].id if e.models else "", e.reachable, len(e.models)) for e in found]
    assert told == expected
    assert not any(engine.asked for engine in found)


def test_a_listing_that_is_none_has_no_models() -> None:
    assert listed(Reply(200, b"{}")) == listed(Reply(500)) == ()
