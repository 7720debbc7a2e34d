"""Anthropic's own Python package before a real vLLM: every feature of `/v1/messages` that is served.

What the model was shown is proved by the model itself: a marker in the prompt decides what it says, and of
several markers the last one (see `shown`).
"""

import asyncio
import base64
import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import Message, TextBlock, ToolUseBlock

from tests.fixtures import KEY
from tests.gateway import RunningGateway, until, value
from tests.real_engine import RealEngine
from tests.scripts import call, inline

pytestmark = pytest.mark.engine

WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "exclusiveMinimum": 0}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
STOP: Any = {"name": "stop", "description": "", "input_schema": {"type": "object", "properties": {}}}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(32)).decode()
IMAGE: Any = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}

Create = Callable[..., Any]


@pytest.fixture(scope="module")
def client(served: RunningGateway) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key=KEY, base_url=served.url, max_retries=0) as made:
        yield made


@pytest.fixture(params=["whole", "streamed"])
def create(client: anthropic.Anthropic, request: pytest.FixtureRequest) -> Create:
    """`messages.create`, or `messages.stream` folded by the package: what comes out must be the same."""

    def ask(prompt: Any = "hi", **fields: Any) -> Any:
        messages = [{"role": "user", "content": prompt}] if not is_conversation(prompt) else prompt
        given: dict[str, Any] = {"model": "claude-sonnet-5", "max_tokens": 300, "messages": messages}
        if request.param == "whole":
            return client.messages.create(**given | fields)
        with client.messages.stream(**given | fields) as stream:
            for _ in stream:
                pass
            return stream.get_final_message()

    return ask


def is_conversation(prompt: Any) -> bool:
    return isinstance(prompt, list) and "role" in prompt[0]


@pytest.fixture
def shown(real_engine: RealEngine) -> Iterator[Callable[..., None]]:
    """From now on the model answers with the one of these markers that stands last in its prompt."""

    def choose(*markers: str) -> None:
        real_engine.scripts.write_text(json.dumps({marker: [f"saw {marker}"] for marker in markers}))

    yield choose
    real_engine.scripts.write_text("{}")


def text(message: Message) -> str:
    return "".join(block.text for block in message.content if isinstance(block, TextBlock))


def calls(message: Message) -> list[tuple[str, Any]]:
    return [(block.name, block.input) for block in message.content if isinstance(block, ToolUseBlock)]


def user(*blocks: Any) -> Any:
    return {"role": "user", "content": list(blocks)}


def asked(*uses: tuple[str, str, Any], before: Any = ()) -> Any:
    """An assistant's turn that calls tools: `(id, name, input)` each."""
    content = [{"type": "tool_use", "id": id, "name": name, "input": given} for id, name, given in uses]
    return {"role": "assistant", "content": [*before, *content]}


def result(id: str, content: Any, **more: Any) -> Any:
    return {"type": "tool_result", "tool_use_id": id, "content": content, **more}


def tokenize(engine: RealEngine, **body: Any) -> int:
    """What the engine itself counts."""
    request = urllib.request.Request(
        f"{engine.url}/tokenize",
        json.dumps({"model": engine.model, **body}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(json.load(answer)["count"])


@pytest.mark.requirement("CC-03")
@pytest.mark.requirement("CC-30")
def test_text(create: Create) -> None:
    message = create(inline('naïve 你好 "quoted" \\ <b>\n\tend'))
    assert text(message) == 'naïve 你好 "quoted" \\ <b>\n\tend'
    assert message.stop_reason == "end_turn"
    assert message.stop_sequence is None
    assert message.role == "assistant"
    assert message.model == "claude-sonnet-5"
    assert message.id.startswith("msg_")


@pytest.mark.requirement("CC-36")
@pytest.mark.requirement("CC-37")
def test_ids_are_never_the_same(create: Create) -> None:
    messages = [create(inline(call("stop") + "\n" + call("stop")), tools=[STOP]) for _ in range(3)]
    assert len({message.id for message in messages}) == 3
    ids = [block.id for message in messages for block in message.content if isinstance(block, ToolUseBlock)]
    assert len(set(ids)) == 6
    assert all(id.startswith("toolu_") for id in ids)


def test_text_comes_in_pieces(client: anthropic.Anthropic) -> None:
    said = "one two three four five six seven"
    fields: Any = {
        "model": "coder",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": inline(said)}],
    }
    with client.messages.stream(**fields) as stream:
        pieces = list(stream.text_stream)
        assert "".join(pieces) == said == stream.get_final_text()
    assert len(pieces) >= 5


def test_the_events_of_a_stream(client: anthropic.Anthropic) -> None:
    said = "Look.\n" + call("get_weather", city="杭州")
    fields: Any = {
        "model": "coder",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": inline(said)}],
    }
    with client.messages.stream(**fields, tools=[WEATHER]) as stream:
        kinds = [event.type for event in stream]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 2
    assert "input_json" in kinds
    raw = client.messages.create(**fields, tools=[WEATHER], stream=True)
    starts = [event for event in raw if event.type == "content_block_start"]
    assert [start.index for start in starts] == [0, 1]
    assert isinstance(starts[0].content_block, TextBlock)
    assert starts[0].content_block.text == ""
    assert isinstance(starts[1].content_block, ToolUseBlock)
    assert starts[1].content_block.input == {}


def test_the_asynchronous_client(served: RunningGateway) -> None:
    async def ask() -> list[str]:
        async with anthropic.AsyncAnthropic(api_key=KEY, base_url=served.url, max_retries=0) as client:

            async def one(number: int) -> str:
                fields: Any = {
                    "model": "coder",
                    "max_tokens": 20,
                    "messages": [user({"type": "text", "text": inline(f"answer {number}")})],
                }
                if number % 2:
                    return text(await client.messages.create(**fields))
                async with client.messages.stream(**fields) as stream:
                    return await stream.get_final_text()

            return list(await asyncio.gather(*map(one, range(8))))

    assert asyncio.run(ask()) == [f"answer {number}" for number in range(8)]


@pytest.mark.requirement("CC-15")
@pytest.mark.requirement("CC-16")
@pytest.mark.requirement("CC-19")
def test_system_as_string_and_as_blocks_is_the_same_prompt(
    client: anthropic.Anthropic, create: Create, shown: Callable[..., None], real_engine: RealEngine
) -> None:
    shown("@system")
    assert text(create(system="Obey @system now.")) == "saw @system"
    blocks = [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.197.abc; cc_entrypoint=cli;"},
        {"type": "text", "text": "Obey @system", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "now.", "cache_control": {"type": "ephemeral"}},
    ]
    assert text(create(system=blocks)) == "saw @system"
    one: Any = {"role": "user", "content": "hi"}
    many = user({"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}})
    counts = [
        client.messages.count_tokens(model="coder", messages=[one], system="Obey @system\nnow.").input_tokens,
        client.messages.count_tokens(model="coder", messages=[many], system=blocks).input_tokens,  # type: ignore[arg-type]
    ]
    expected = tokenize(real_engine, messages=[{"role": "system", "content": "Obey @system\nnow."}, one])
    assert counts == [expected, expected]


@pytest.mark.requirement("CC-26")
@pytest.mark.parametrize("lead", ["", "Let me look.\n"], ids=["alone", "after text"])
def test_a_tool_call(create: Create, lead: str) -> None:
    given = {"city": '杭州 "West Lake" \\ <b> \\u00e9 trailing  \n\t', "days": 3}
    message = create(inline(lead + call("get_weather", **given)), tools=[WEATHER, STOP])
    assert calls(message) == [("get_weather", given)]
    assert text(message).strip() == lead.strip()
    assert message.stop_reason == "tool_use"


@pytest.mark.requirement("CC-50")
def test_parallel_calls(create: Create) -> None:
    said = "\n".join(call("get_weather", city=city) for city in ("Hangzhou", "Paris", "Oslo"))
    message = create(inline(said), tools=[WEATHER])
    assert [given["city"] for _, given in calls(message)] == ["Hangzhou", "Paris", "Oslo"]
    assert message.stop_reason == "tool_use"


@pytest.mark.requirement("CC-49")
def test_a_call_without_arguments(create: Create) -> None:
    assert calls(create(inline(call("stop")), tools=[STOP])) == [("stop", {})]


CHOICES: dict[str, tuple[Any, str, list[str]]] = {
    "auto, the model calls": ({"type": "auto"}, call("stop"), ["stop"]),
    "auto, the model talks": ({"type": "auto"}, "no need", []),
    "any": ({"type": "any"}, call("stop"), ["stop"]),
    "a named one": ({"type": "tool", "name": "get_weather"}, call("get_weather", city="x"), ["get_weather"]),
    "none, the model talks": ({"type": "none"}, "no need", []),
    "auto, one at a time": ({"type": "auto", "disable_parallel_tool_use": True}, call("stop"), ["stop"]),
    "any, one at a time": ({"type": "any", "disable_parallel_tool_use": True}, call("stop"), ["stop"]),
    "not said": (None, call("stop"), ["stop"]),
}


@pytest.mark.parametrize(("choice", "said", "expected"), CHOICES.values(), ids=CHOICES)
def test_tool_choice(create: Create, choice: Any, said: str, expected: list[str]) -> None:
    fields = {} if choice is None else {"tool_choice": choice}
    message = create(inline(said), tools=[WEATHER, STOP], **fields)
    assert [name for name, _ in calls(message)] == expected
    assert message.stop_reason == ("tool_use" if expected else "end_turn")


def test_any_is_enforced_by_the_engine_s_grammar(create: Create) -> None:
    """Noise from random weights under the grammar of `any` can begin only as a call does."""
    message = create("hi", tools=[STOP], tool_choice={"type": "any"}, max_tokens=8)
    if calls(message):
        assert calls(message)[0][0] == "stop"
    else:
        assert text(message).startswith("<tool_call>") or not message.content


def test_a_choice_without_tools_is_no_error(create: Create) -> None:
    assert text(create(inline("fine"), tools=[], tool_choice={"type": "auto"})) == "fine"


def test_a_choice_of_a_tool_that_is_not_offered_is(create: Create) -> None:
    with pytest.raises(anthropic.BadRequestError, match="nope"):
        create("hi", tools=[STOP], tool_choice={"type": "tool", "name": "nope"})


@pytest.mark.requirement("CC-20")
def test_results_come_to_the_model_in_the_order_of_the_calls(
    create: Create, shown: Callable[..., None]
) -> None:
    shown("@first", "@second")
    conversation = [
        user({"type": "text", "text": "go"}),
        asked(("a", "stop", {}), ("b", "stop", {})),
        user(result("b", "@second"), result("a", "@first")),
    ]
    assert text(create(conversation, tools=[STOP])) == "saw @second"


@pytest.mark.requirement("CC-20")
def test_text_after_results_stays_after_them(create: Create, shown: Callable[..., None]) -> None:
    shown("@result", "@text")
    conversation = [
        user({"type": "text", "text": "go"}),
        asked(("a", "stop", {})),
        user(result("a", "@result"), {"type": "text", "text": "@text"}),
    ]
    assert text(create(conversation, tools=[STOP])) == "saw @text"


RESULTS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "a string": ("@plain", {}, "@plain"),
    "a list of texts": ([{"type": "text", "text": "@listed"}], {}, "@listed"),
    "an error": ("it failed", {"is_error": True}, "the tool reported an error"),
    "an image": ([IMAGE, {"type": "text", "text": "x"}], {}, "an image stood here"),
    "a reference to a tool": ([{"type": "tool_reference", "tool_name": "X"}], {}, "tool_reference"),
    "none": ([], {}, "<tool_response>\n\n</tool_response>"),
}


@pytest.mark.requirement("CC-21")
@pytest.mark.requirement("CC-25")
@pytest.mark.parametrize(("content", "more", "marker"), RESULTS.values(), ids=RESULTS)
def test_every_kind_of_result_is_shown(
    create: Create, shown: Callable[..., None], content: Any, more: dict[str, Any], marker: str
) -> None:
    shown(marker)
    conversation = [
        user({"type": "text", "text": "go"}),
        asked(("a", "stop", {})),
        user(result("a", content, **more)),
    ]
    assert text(create(conversation, tools=[STOP])) == f"saw {marker}"


def test_a_success_is_not_shown_as_an_error(create: Create, shown: Callable[..., None]) -> None:
    shown("@plain", "the tool reported an error")
    conversation = [
        user({"type": "text", "text": "go"}),
        asked(("a", "stop", {})),
        user(result("a", "@plain", is_error=False)),
    ]
    assert text(create(conversation, tools=[STOP])) == "saw @plain"


@pytest.mark.requirement("CC-25")
def test_an_image_for_a_model_of_text(create: Create, shown: Callable[..., None]) -> None:
    shown("an image stood here")
    assert text(create([user({"type": "text", "text": "what is it?"}, IMAGE)])) == "saw an image stood here"


@pytest.mark.requirement("CC-25")
def test_a_document_of_text_is_shown(create: Create, shown: Callable[..., None]) -> None:
    shown("@inside")
    source = {"type": "text", "media_type": "text/plain", "data": "it says @inside"}
    assert text(create([user({"type": "document", "source": source})])) == "saw @inside"


@pytest.mark.requirement("CC-17")
@pytest.mark.requirement("CC-18")
def test_system_messages_and_consecutive_user_messages(create: Create, shown: Callable[..., None]) -> None:
    shown("@one", "@two", "@system")
    conversation: list[Any] = [{"role": "user", "content": "@one"}, {"role": "user", "content": "@two"}]
    assert text(create(conversation)) == "saw @two"
    late = [*conversation, {"role": "system", "content": "@system"}]
    assert text(create(late)) == "saw @system"


@pytest.mark.requirement("CC-24")
def test_past_thoughts_are_taken_back_whatever_their_signature(
    create: Create, shown: Callable[..., None]
) -> None:
    shown("@thought")
    thoughts = [
        {"type": "thinking", "thinking": "@thought", "signature": "from elsewhere"},
        {"type": "redacted_thinking", "data": "abc"},
        {"type": "thinking", "thinking": "", "signature": ""},
    ]
    turn = {"role": "assistant", "content": [*thoughts, {"type": "text", "text": "said"}]}
    assert text(
        create([user({"type": "text", "text": "go"}), turn, user({"type": "text", "text": "on"})])
    ) == ("saw @thought")


@pytest.mark.requirement("CC-22")
@pytest.mark.parametrize("given", ["just a string", [1, 2], {"__unparsedToolInput": {"raw": "{", "len": 1}}])
def test_past_calls_whose_input_was_broken(create: Create, shown: Callable[..., None], given: Any) -> None:
    shown("@result")
    conversation = [
        user({"type": "text", "text": "go"}),
        asked(("a", "stop", given)),
        user(result("a", "@result")),
    ]
    assert text(create(conversation, tools=[STOP])) == "saw @result"


def test_a_prefill_is_continued(create: Create) -> None:
    conversation = [
        user({"type": "text", "text": inline("and the rest")}),
        {"role": "assistant", "content": "The beginning"},
    ]
    assert text(create(conversation)) == "and the rest"


@pytest.mark.requirement("CC-40")
def test_a_stop_sequence(create: Create) -> None:
    message = create(inline("one two HALT three"), stop_sequences=["HALT", "never", "a", "b", "c", "d"][:2])
    assert (text(message), message.stop_reason, message.stop_sequence) == (
        "one two ",
        "stop_sequence",
        "HALT",
    )


@pytest.mark.requirement("CC-40")
@pytest.mark.requirement("CC-42")
def test_max_tokens(create: Create) -> None:
    message = create(inline("one two three four five six"), max_tokens=3)
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens == 3


@pytest.mark.requirement("CC-12")
@pytest.mark.requirement("CC-54")
@pytest.mark.parametrize("wanted", [32000, 64000, 1_000_000])
def test_more_tokens_than_the_window_holds_may_be_asked_for(create: Create, wanted: int) -> None:
    assert text(create(inline("short"), max_tokens=wanted, timeout=60)) == "short"


@pytest.mark.requirement("CC-11")
def test_sampling_and_fields_that_mean_nothing_to_the_engine(create: Create) -> None:
    fields: dict[str, Any] = {
        "metadata": {"user_id": '{"session_id": "s"}'},
        "extra_headers": {"anthropic-beta": "context-management-2025-06-27,never-heard-of"},
        "extra_body": {
            "temperature": 0.7,
            "top_p": 0.9,
            "top_k": 20,
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "output_config": {"effort": "high"},
            "service_tier": "auto",
            "unheard_of": {"a": [1]},
        },
    }
    assert text(create(inline("fine"), **fields)) == "fine"


def test_sampling_reaches_the_engine(create: Create) -> None:
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        create("hi", extra_body={"temperature": 7.0})


@pytest.mark.requirement("CC-14")
def test_a_schema_for_the_answer_is_enforced(create: Create) -> None:
    schema: Any = {"type": "object", "properties": {"title": {"enum": ["yes"]}}, "required": ["title"]}
    schema["additionalProperties"] = False
    wanted = {"format": {"type": "json_schema", "schema": schema}}
    message = create(inline('{"title": "yes"}'), extra_body={"output_config": wanted})
    assert json.loads(text(message)) == {"title": "yes"}


@pytest.mark.requirement("CC-13")
@pytest.mark.requirement("CC-59")
@pytest.mark.parametrize(
    "thinking", [{"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive"}, {"type": "disabled"}]
)
def test_thinking_may_be_asked_of_a_model_that_does_not_think(create: Create, thinking: Any) -> None:
    message = create(inline("plain"), max_tokens=2000, extra_body={"thinking": thinking})
    assert text(message) == "plain"


@pytest.mark.requirement("CC-41")
def test_an_empty_answer_is_a_message(create: Create) -> None:
    message = create(inline(""))
    assert message.content == []
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0


@pytest.mark.requirement("CC-42")
def test_usage_tells_what_came_from_the_cache(create: Create, real_engine: RealEngine) -> None:
    prompt = "A long story. " * 150 + inline("ok") + repr(create)
    prompt_tokens = tokenize(real_engine, messages=[{"role": "user", "content": prompt}])
    first, second = create(prompt).usage, create(prompt).usage
    for usage in (first, second):
        assert usage.input_tokens + (usage.cache_read_input_tokens or 0) == prompt_tokens
        assert usage.output_tokens >= 1
    assert (second.cache_read_input_tokens or 0) >= 128


COUNTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a string": (
        {"messages": [{"role": "user", "content": "foo 你好"}]},
        {"messages": [{"role": "user", "content": "foo 你好"}]},
    ),
    "with tools": (
        {"messages": [{"role": "user", "content": "foo"}], "tools": [STOP]},
        {
            "messages": [{"role": "user", "content": "foo"}],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "stop", "description": "", "parameters": STOP["input_schema"]},
                }
            ],
        },
    ),
    "with calls and results": (
        {
            "messages": [
                {"role": "user", "content": "go"},
                asked(("a", "stop", {})),
                user(result("a", "done")),
            ]
        },
        {
            "messages": [
                {"role": "user", "content": "go"},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "stop", "arguments": "{}"}}
                    ],
                },
                {"role": "tool", "tool_call_id": "a", "content": "done"},
            ]
        },
    ),
}


@pytest.mark.requirement("CC-04")
@pytest.mark.parametrize(("body", "engine_body"), COUNTED.values(), ids=COUNTED)
def test_count_tokens_is_the_engine_s_own_count(
    client: anthropic.Anthropic, real_engine: RealEngine, body: Any, engine_body: Any
) -> None:
    counted = client.messages.count_tokens(model="claude-opus-4-8", **body).input_tokens
    assert counted == tokenize(real_engine, **engine_body)


@pytest.mark.requirement("CC-42")
def test_count_tokens_is_what_the_request_then_uses(client: anthropic.Anthropic) -> None:
    fields: Any = {
        "model": "coder",
        "messages": [{"role": "user", "content": inline("x")}],
        "tools": [WEATHER],
    }
    usage = client.messages.create(max_tokens=9, **fields).usage
    total = usage.input_tokens + (usage.cache_read_input_tokens or 0)
    assert client.messages.count_tokens(**fields).input_tokens == total


@pytest.mark.requirement("CC-52")
@pytest.mark.requirement("CC-53")
def test_a_prompt_over_the_window_says_by_how_much(create: Create, real_engine: RealEngine) -> None:
    prompt = "word " * (real_engine.max_model_len + 50)
    true = tokenize(real_engine, messages=[{"role": "user", "content": prompt}])
    with pytest.raises(anthropic.BadRequestError) as caught:
        create(prompt)
    body: Any = caught.value.body
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["message"].startswith(f"prompt is too long: {true} tokens > 65536 maximum")


@pytest.mark.requirement("CC-05")
@pytest.mark.requirement("CC-33")
def test_models(client: anthropic.Anthropic) -> None:
    listed = [model.id for model in client.models.list(limit=1000)]
    assert listed == ["anthropic/dragoman-tiny", "dragoman-tiny", "coder"]
    for id in listed:
        assert client.models.retrieve(id).id == id
        assert text(create_with(client, id)) == "yes"
    with pytest.raises(anthropic.NotFoundError, match="model: nope"):
        client.models.retrieve("nope")


def create_with(client: anthropic.Anthropic, model: str) -> Message:
    return client.messages.create(
        model=model, max_tokens=9, messages=[{"role": "user", "content": inline("yes")}]
    )


@pytest.mark.requirement("CC-30")
@pytest.mark.requirement("CC-32")
def test_names(client: anthropic.Anthropic) -> None:
    for name in ("claude-haiku-4-5-20251001", "claude-sonnet-5", "claude-opus-4-8", "claude-next"):
        assert text(create_with(client, name)) == "yes"
    with pytest.raises(anthropic.NotFoundError, match=r"model: gpt-4 .*anthropic/dragoman-tiny"):
        create_with(client, "gpt-4")


@pytest.mark.requirement("CC-06")
@pytest.mark.requirement("CC-07")
def test_keys(served: RunningGateway) -> None:
    with anthropic.Anthropic(auth_token=KEY, base_url=served.url, max_retries=0) as bearer:
        assert text(create_with(bearer, "coder")) == "yes"
    with (
        anthropic.Anthropic(api_key="wrong", base_url=served.url, max_retries=0) as wrong,
        pytest.raises(anthropic.AuthenticationError),
    ):
        create_with(wrong, "coder")


def test_a_request_id_is_given(client: anthropic.Anthropic) -> None:
    assert (create_with(client, "coder")._request_id or "").startswith("req_")


@pytest.mark.requirement("CC-44")
def test_a_stream_that_is_left_frees_the_engine(client: anthropic.Anthropic, real_engine: RealEngine) -> None:
    fields: Any = {"model": "coder", "max_tokens": 60000}
    with client.messages.stream(
        **fields, messages=[{"role": "user", "content": inline("la [[LOOP]]")}]
    ) as it:
        for piece in it.text_stream:
            if piece:
                break
    until(lambda: running(real_engine) == 0, 3)


def running(engine: RealEngine) -> float:
    """Requests that the engine works on."""
    with urllib.request.urlopen(f"{engine.url}/metrics", timeout=10) as answer:
        return value(answer.read().decode(), "vllm:num_requests_running")
