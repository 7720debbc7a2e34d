"""What a check is given."""

import asyncio

from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import Endpoint, Target
from dragoman.verify.suite import dialect
from dragoman.verify.talk import Talk
from tests.gateway import RunningGateway
from tests.scripted_engine import ScriptedEngine, says


def test_the_endpoint_is_asked_in_the_protocol_of_the_talk(gateway: RunningGateway) -> None:
    async def work(protocol: str) -> list[str]:
        endpoint = Endpoint(Target(gateway.url, model="scripted"))
        talk = Talk(endpoint, dialect(protocol), 5.0)
        try:
            whole = await talk.ask(Question(user("?"), stream=False))
            async with talk.asking(Question(user("?"))) as stream:
                times = [time async for time in stream.pieces()]
                streamed = stream.close()
            assert len(times) == len(streamed.times) == 1
            refused = await talk.post([])
            return [whole.text, streamed.text, str(refused.status)]
        finally:
            endpoint.close()

    for protocol in ("anthropic", "openai"):
        assert asyncio.run(work(protocol)) == ["Hello.", "Hello.", "400"]


def test_thoughts_that_take_all_there_is_get_more_room(engine: ScriptedEngine) -> None:
    engine.next(says(thinks="hm", finish="length"), says("It rains."), says("Hel", finish="length"))

    async def work() -> list[str]:
        endpoint = Endpoint(Target(engine.url, model="scripted"))
        talk = Talk(endpoint, dialect("openai"), 5.0)
        try:
            return [(await talk.hear(Question(user("?"), max_tokens=64))).text for _ in range(2)]
        finally:
            endpoint.close()

    assert asyncio.run(work()) == ["It rains.", "Hel"]
    assert [asked.body["max_tokens"] for asked in engine.chats()] == [64, 4096, 64]
