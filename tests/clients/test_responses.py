"""OpenAI's own Python package and our `/v1/responses`, over real HTTP, before a scripted engine."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.responses import ResponseCustomToolCall, ResponseFunctionToolCall
from pydantic import BaseModel

from tests.gateway import RunningGateway
from tests.scripted_engine import DROP, SSE, Answer, ScriptedEngine, chunk, says

LOOK: Any = {
    "type": "function",
    "name": "look",
    "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
    "strict": False,
}
RUN: Any = {"type": "custom", "name": "run", "description": "Runs code."}


class City(BaseModel):
    name: str
    people: int


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="x", base_url=f"{gateway.url}/v1", max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, streamed: bool, given: Any = "Hi", **fields: Any) -> Any:
    """A response, whole or folded by the package from a stream."""
    fields = {"model": "scripted", "input": given, **fields}
    if not streamed:
        return client.responses.create(**fields)
    with client.responses.stream(**fields) as stream:
        return stream.get_final_response()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_conversation_with_both_kinds_of_calls(
    client: openai.OpenAI, engine: ScriptedEngine, streamed: bool
) -> None:
    calls = [("look", '{"at": "x"}'), ("run", json.dumps({"input": 'say("你好")\n'}))]
    engine.next(says("I look.", thinks="Hm.", calls=calls, cached=4), says("Done."))
    response = ask(client, streamed, tools=[LOOK, RUN], instructions="Be brief.")
    assert [item.type for item in response.output] == [
        "reasoning",
        "message",
        "function_call",
        "custom_tool_call",
    ]
    thought, said, looked, ran = response.output
    assert thought.content[0].text == "Hm."
    assert said.content[0].text == response.output_text == "I look."
    assert isinstance(looked, ResponseFunctionToolCall)
    assert isinstance(ran, ResponseCustomToolCall)
    assert (looked.name, looked.arguments) == ("look", '{"at": "x"}')
    assert (ran.name, ran.input) == ("run", 'say("你好")\n')
    assert response.usage.input_tokens_details.cached_tokens == 4
    results = [
        {"type": "custom_tool_call_output", "call_id": ran.call_id, "output": "你好"},
        {"type": "function_call_output", "call_id": looked.call_id, "output": "a wall"},
    ]
    history = [{"role": "user", "content": "Hi"}, *(item.to_dict() for item in response.output), *results]
    assert ask(client, streamed, history, tools=[LOOK, RUN]).output_text == "Done."
    messages = engine.chats()[1].body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool"]
    assert messages[1]["reasoning_content"] == "Hm."
    assert [message["content"] for message in messages[2:]] == ["a wall", "你好"]


@pytest.mark.parametrize("streamed", [False, True])
def test_structured_output(client: openai.OpenAI, engine: ScriptedEngine, streamed: bool) -> None:
    engine.next(says('{"name": "杭州", "people": 12}'))
    if streamed:
        with client.responses.stream(model="scripted", input="Hi", text_format=City) as stream:
            city = stream.get_final_response().output_parsed
    else:
        city = client.responses.parse(model="scripted", input="Hi", text_format=City).output_parsed
    assert city == City(name="杭州", people=12)
    wanted = engine.chats()[0].body["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("City", True)
    assert set(wanted["schema"]["properties"]) == {"name", "people"}


@pytest.mark.parametrize("streamed", [False, True])
def test_the_limit(client: openai.OpenAI, engine: ScriptedEngine, streamed: bool) -> None:
    engine.next(says("Half a", finish="length"))
    fields: Any = {"model": "scripted", "input": "Hi", "max_output_tokens": 2}
    if streamed:
        response: Any = list(client.responses.create(**fields, stream=True))[-1].response
    else:
        response = client.responses.create(**fields)
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "Half a"
    assert engine.chats()[0].body["max_tokens"] == 2


def test_a_break_in_the_midst_is_a_failed_response(client: openai.OpenAI, engine: ScriptedEngine) -> None:
    engine.next(Answer((chunk(content="Hel"), DROP), headers=dict(SSE)))
    events: list[Any] = list(client.responses.create(model="scripted", input="Hi", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.code == "server_error"
    assert "the engine broke off its answer" in events[-1].response.error.message


def test_refusals_are_errors_of_openai(client: openai.OpenAI, engine: ScriptedEngine) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="scripted", input="Hi", previous_response_id="resp_1")
    assert caught.value.param == "previous_response_id"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.responses.create(model="nobody", input="Hi")
    assert unknown.value.code == "model_not_found"
    assert engine.chats() == []
