"""The two checks against a gateway that is well, and against engines that are not."""

import asyncio
from collections.abc import Iterable

import pytest

from dragoman.runtime.supervisor import free_port
from dragoman.verify import ready
from dragoman.verify.ready import CheckFailed, Target
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import DROP, Script, ScriptedEngine, chunk, refuses, says, stream

CALL = ("get_weather", '{"location": "Hangzhou"}')


def target(gateway: RunningGateway, key: str = "") -> Target:
    return Target(gateway.url, key, "anthropic/scripted")


def test_a_plain_answer_is_asked_for_and_counted(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    seen = asyncio.run(ready.answer(target(gateway), tokens=5))
    assert (seen.pieces, seen.tokens, seen.stop) == (1, 3, "end_turn")
    assert engine.chats()[0].body["max_tokens"] == 5


def test_thoughts_are_an_answer_too(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.next(says(thinks="hm"))
    assert asyncio.run(ready.answer(target(gateway))).pieces


def test_a_tool_call_is_forced_by_a_script_in_the_prompt(
    engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.next(says(calls=[CALL]))
    seen = asyncio.run(ready.tool_call(target(gateway)))
    assert (seen.tool, seen.stop) == ("get_weather", "tool_use")
    asked = engine.chats()[0].body
    assert "杭州今天天气怎么样？ [[SCRIPT64:" in asked["messages"][-1]["content"]
    assert asked["tools"][0]["function"]["name"] == "get_weather"


def test_the_key_is_sent(engine: ScriptedEngine) -> None:
    with gateway_before(engine.url, key="secret") as gateway:
        assert asyncio.run(ready.answer(target(gateway, "secret"))).ended
        with pytest.raises(CheckFailed, match="the gateway answered 401: the key is wrong"):
            asyncio.run(ready.answer(target(gateway, "other")))


WRONG: dict[str, tuple[Iterable[Script], str]] = {
    "no text at all": ([says()], "answer was empty"),
    "an engine that refuses": ([refuses(400, "temperature is too hot")], "answered 400: .*too hot"),
    "an engine that breaks off": ([stream(chunk(content="Hel"), DROP, end=False)], "the stream broke off: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_was_seen_instead_of_an_answer_is_said(
    name: str, engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    scripts, said = WRONG[name]
    engine.next(*scripts)
    with pytest.raises(CheckFailed, match=said):
        asyncio.run(ready.answer(target(gateway)))


CALLS: dict[str, tuple[Script, str]] = {
    "text instead of a call": (says("It rains."), "no tool with nothing, stop reason end_turn"),
    "another place": (
        says(calls=[("get_weather", '{"location": "Suzhou"}')]),
        "get_weather with .*Suzhou",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_was_seen_instead_of_the_call_is_said(
    name: str, engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    script, said = CALLS[name]
    engine.next(script)
    with pytest.raises(CheckFailed, match=f"did not come back whole: {said}"):
        asyncio.run(ready.tool_call(target(gateway)))


def test_a_gateway_that_is_not_there_is_said() -> None:
    with pytest.raises(CheckFailed, match="the request broke off: "):
        asyncio.run(ready.answer(Target(f"http://127.0.0.1:{free_port()}", "", "m")))
