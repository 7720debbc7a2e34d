"""OpenAI's own Python package before a real vLLM: every feature of `/v1/chat/completions` that is served."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion

from tests.fixtures import KEY
from tests.gateway import RunningGateway
from tests.real_engine import RealEngine
from tests.scripts import call, inline

pytestmark = pytest.mark.engine

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "获取某地的天气",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string", "description": "城市名"}},
            "required": ["location"],
        },
    },
}
STOP: Any = {"type": "function", "function": {"name": "stop"}}

Create = Callable[..., Any]


@pytest.fixture(scope="module")
def client(served: RunningGateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=KEY, base_url=f"{served.url}/v1", max_retries=0) as made:
        yield made


@pytest.fixture(params=["whole", "streamed"])
def create(client: openai.OpenAI, request: pytest.FixtureRequest) -> Create:
    """A completion, whole or folded by the package from a stream: what comes out must be the same."""

    def ask(prompt: Any = "hi", **fields: Any) -> Any:
        messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        given: dict[str, Any] = {"model": "dragoman-tiny", "messages": messages} | fields
        if request.param == "whole":
            return client.chat.completions.create(**given)
        with client.chat.completions.stream(**given, stream_options={"include_usage": True}) as stream:
            for _ in stream:
                pass
            return stream.get_final_completion()

    return ask


@pytest.fixture
def shown(real_engine: RealEngine) -> Iterator[Callable[..., None]]:
    """From now on the model answers with the one of these markers that stands last in its prompt."""

    def choose(*markers: str) -> None:
        real_engine.scripts.write_text(json.dumps({marker: [f"saw {marker}"] for marker in markers}))

    yield choose
    real_engine.scripts.write_text("{}")


def text(completion: ChatCompletion) -> str:
    return completion.choices[0].message.content or ""


def calls(completion: ChatCompletion) -> list[tuple[str, Any]]:
    listed: Any = completion.choices[0].message.tool_calls or []
    return [(one.function.name, json.loads(one.function.arguments)) for one in listed]


def asked(*ids: str) -> Any:
    made = [{"id": id, "type": "function", "function": {"name": "stop", "arguments": "{}"}} for id in ids]
    return {"role": "assistant", "content": None, "tool_calls": made}


def result(id: str, content: Any) -> Any:
    return {"role": "tool", "tool_call_id": id, "content": content}


def test_text_and_usage(create: Create) -> None:
    completion = create(inline("naïve 你好 \\ <b>\n\tend"))
    assert text(completion) == "naïve 你好 \\ <b>\n\tend"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.object == "chat.completion"
    assert completion.model == "dragoman-tiny"
    usage = completion.usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens > 20


def test_cached_tokens_are_told(create: Create) -> None:
    prompt = "Once upon a time. " * 120 + inline("ok") + repr(create)
    create(prompt)
    usage = create(prompt).usage
    assert usage.prompt_tokens_details.cached_tokens >= 128
    assert usage.prompt_tokens_details.cached_tokens <= usage.prompt_tokens


def test_a_stream_in_the_raw(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="coder", messages=[{"role": "user", "content": inline("one two three four")}], stream=True
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert "".join(pieces) == "one two three four"
    assert len(pieces) >= 3
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("lead", ["", "Let me look.\n"], ids=["alone", "after text"])
def test_a_tool_call(create: Create, lead: str) -> None:
    said = lead + call("get_weather", location='杭州 "West" \\ <b>\n\t')
    completion = create(inline(said), tools=[WEATHER, STOP])
    assert calls(completion) == [("get_weather", {"location": '杭州 "West" \\ <b>\n\t'})]
    assert text(completion).strip() == lead.strip()
    assert completion.choices[0].finish_reason == "tool_calls"


def test_parallel_calls_have_ids_of_their_own(create: Create) -> None:
    completion = create(
        inline(call("stop") + "\n" + call("get_weather", location="x")), tools=[WEATHER, STOP]
    )
    assert [name for name, _ in calls(completion)] == ["stop", "get_weather"]
    assert len({one.id for one in completion.choices[0].message.tool_calls}) == 2


CHOICES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "auto": ({"tool_choice": "auto"}, call("stop"), ["stop"]),
    "required": ({"tool_choice": "required"}, call("stop"), ["stop"]),
    "named": ({"tool_choice": {"type": "function", "function": {"name": "stop"}}}, call("stop"), ["stop"]),
    "none": ({"tool_choice": "none"}, "no need", []),
    "one at a time": ({"parallel_tool_calls": False}, call("stop"), ["stop"]),
    "not said, the model talks": ({}, "no need", []),
}


@pytest.mark.parametrize(("fields", "said", "expected"), CHOICES.values(), ids=CHOICES)
def test_tool_choice(create: Create, fields: dict[str, Any], said: str, expected: list[str]) -> None:
    completion = create(inline(said), tools=[STOP], **fields)
    assert [name for name, _ in calls(completion)] == expected
    assert completion.choices[0].finish_reason == ("tool_calls" if expected else "stop")


def test_results_in_the_order_of_the_calls(create: Create, shown: Callable[..., None]) -> None:
    shown("@first", "@second")
    conversation = [
        {"role": "user", "content": "go"},
        asked("a", "b"),
        result("b", "@second"),
        result("a", "@first"),
    ]
    assert text(create(conversation, tools=[STOP])) == "saw @second"


CONVERSATIONS: dict[str, tuple[list[Any], str]] = {
    "a system message": ([{"role": "system", "content": "@here"}, {"role": "user", "content": "x"}], "@here"),
    "a developer's message": (
        [{"role": "developer", "content": "@here"}, {"role": "user", "content": "x"}],
        "@here",
    ),
    "text in parts": (
        [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "@here"}]}],
        "@here",
    ),
    "a late system message": (
        [{"role": "user", "content": "x"}, {"role": "system", "content": "@here"}],
        "@here",
    ),
    "a result in parts": (
        [{"role": "user", "content": "x"}, asked("a"), result("a", [{"type": "text", "text": "@here"}])],
        "@here",
    ),
    "a result that nobody called for": (
        [{"role": "user", "content": "x"}, result("zzz", "@here")],
        "@here",
    ),
    "past reasoning": (
        [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": "y", "reasoning_content": "@here"},
            {"role": "user", "content": "z"},
        ],
        "@here",
    ),
    "an image for a model of text": (
        [
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}}],
            }
        ],
        "an image stood here",
    ),
}


@pytest.mark.parametrize(("conversation", "marker"), CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_every_part_of_a_conversation_is_shown(
    create: Create, shown: Callable[..., None], conversation: list[Any], marker: str
) -> None:
    shown(marker)
    assert text(create(conversation, tools=[STOP])) == f"saw {marker}"


def test_stop(create: Create) -> None:
    completion = create(inline("one two HALT three"), stop=["HALT"])
    assert (text(completion), completion.choices[0].finish_reason) == ("one two ", "stop")
    assert text(create(inline("one two HALT three"), stop="two")) == "one "


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_a_limit(client: openai.OpenAI, field: str) -> None:
    limits: dict[str, Any] = {field: 3}
    messages: Any = [{"role": "user", "content": inline("one two three four five")}]
    completion = client.chat.completions.create(model="coder", messages=messages, **limits)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 3


def test_a_limit_beyond_the_window(create: Create) -> None:
    assert text(create(inline("fine"), max_tokens=10_000_000)) == "fine"


def test_a_schema_for_the_answer(client: openai.OpenAI) -> None:
    schema: Any = {"type": "object", "properties": {"ok": {"enum": ["yes"]}}, "required": ["ok"]}
    schema["additionalProperties"] = False
    completion = client.chat.completions.create(
        model="coder",
        messages=[{"role": "user", "content": inline('{"ok": "yes"}')}],
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )
    assert json.loads(text(completion)) == {"ok": "yes"}


def test_sampling_and_foreign_fields(create: Create) -> None:
    completion = create(
        inline("fine"),
        temperature=0.5,
        top_p=0.9,
        presence_penalty=0.1,
        frequency_penalty=0.1,
        seed=7,
        user="somebody",
        extra_body={"top_k": 5, "unheard_of": [1]},
    )
    assert text(completion) == "fine"


def test_a_field_of_the_engine_s_own_is_passed(create: Create) -> None:
    assert text(create("hi", extra_body={"vllm_xargs": {"script": "by its own field"}})) == "by its own field"


WRONG: dict[str, tuple[dict[str, Any], type[openai.APIStatusError], str]] = {
    "two choices": ({"n": 2}, openai.BadRequestError, r"\$\.n"),
    "no such model": ({"model": "gpt-4"}, openai.NotFoundError, "gpt-4"),
    "no messages": ({"messages": []}, openai.BadRequestError, r"\$\.messages"),
    "a temperature that cannot be": ({"temperature": 9}, openai.BadRequestError, "temperature"),
    "a tool that is not offered": (
        {"tools": [STOP], "tool_choice": {"type": "function", "function": {"name": "x"}}},
        openai.BadRequestError,
        "x",
    ),
}


@pytest.mark.parametrize(("fields", "kind", "said"), WRONG.values(), ids=WRONG)
def test_mistakes(
    client: openai.OpenAI, fields: dict[str, Any], kind: type[openai.APIStatusError], said: str
) -> None:
    given: dict[str, Any] = {"model": "coder", "messages": [{"role": "user", "content": "hi"}]} | fields
    with pytest.raises(kind, match=said):
        client.chat.completions.create(**given)


def test_a_prompt_over_the_window(create: Create, real_engine: RealEngine) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        create("word " * (real_engine.max_model_len + 50))
    assert caught.value.code == "context_length_exceeded"
    assert "maximum context length is 65536 tokens" in str(caught.value)


def test_models(client: openai.OpenAI) -> None:
    listed = [model.id for model in client.models.list()]
    assert listed == ["anthropic/dragoman-tiny", "dragoman-tiny", "coder"]
    assert [client.models.retrieve(id).id for id in listed] == listed
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("nope")
    assert caught.value.code == "model_not_found"


def test_a_wrong_key(served: RunningGateway) -> None:
    with (
        openai.OpenAI(api_key="wrong", base_url=f"{served.url}/v1", max_retries=0) as wrong,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        wrong.models.list()
    assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
@pytest.mark.parametrize("model", ["claude-3-5-sonnet-20240620", "dragoman-tiny", "anthropic/dragoman-tiny"])
def test_the_published_recipe_for_checking_a_setup(served: RunningGateway, suffix: str, model: str) -> None:
    """Ask for the weather in Hangzhou with a tool under a Claude name, with or without `/v1` in the URL."""
    with openai.OpenAI(api_key=KEY, base_url=served.url + suffix, max_retries=0) as client:
        question = "杭州今天天气怎么样？" + inline(call("get_weather", location="杭州"))
        reply = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": question}], tools=[WEATHER]
        )
    made: Any = reply.choices[0].message.tool_calls
    assert made, "the model answered in words although it was made to call"
    assert made[0].function.name == "get_weather"
    assert json.loads(made[0].function.arguments) == {"location": "杭州"}
