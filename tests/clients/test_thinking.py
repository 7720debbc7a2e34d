"""Thinking in both directions, through a real vLLM that reads thoughts out of the model's text."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.gateway import RunningGateway, gateway_before
from tests.real_engine import HERMES, RealEngine
from tests.scripts import call, inline

pytestmark = pytest.mark.engine

ON: Any = {"type": "enabled", "budget_tokens": 1024}
STOP: Any = {"name": "stop", "input_schema": {"type": "object", "properties": {}}}
THOUGHT = "Let me see:\n1 < 2, 对吗?"
SAID = f"<think>\n{THOUGHT}\n</think>\n\nYes."


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    with RealEngine(tmp_path_factory.mktemp("thinker"), (*HERMES, "--reasoning-parser", "qwen3")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(thinker: RealEngine) -> Iterator[RunningGateway]:
    with gateway_before(thinker.url, family="qwen_hybrid") as running:
        yield running


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="any", base_url=gateway.url, max_retries=0) as made:
        yield made


@pytest.fixture(params=["whole", "streamed"])
def create(client: anthropic.Anthropic, request: pytest.FixtureRequest) -> Any:
    def ask(messages: Any, **fields: Any) -> Any:
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        given: dict[str, Any] = {"model": "claude-x", "max_tokens": 3000, "messages": messages} | fields
        if request.param == "whole":
            return client.messages.create(**given)
        with client.messages.stream(**given) as stream:
            return stream.get_final_message()

    return ask


def blocks(message: Any) -> list[tuple[str, str]]:
    kinds = {"thinking": "thinking", "text": "text", "tool_use": "name"}
    return [(block.type, getattr(block, kinds[block.type]).strip()) for block in message.content]


@pytest.mark.requirement("CC-43")
def test_thoughts_come_as_a_block_of_their_own_with_a_signature(create: Any) -> None:
    message = create(inline(SAID), thinking=ON)
    assert blocks(message) == [("thinking", THOUGHT), ("text", "Yes.")]
    assert message.content[0].signature
    assert message.stop_reason == "end_turn"


@pytest.mark.requirement("CC-43")
def test_thoughts_before_a_call(create: Any) -> None:
    message = create(inline(f"<think>\nhm\n</think>\n\n{call('stop')}"), thinking=ON, tools=[STOP])
    assert blocks(message)[0] == ("thinking", "hm")
    assert blocks(message)[-1] == ("tool_use", "stop")
    assert message.stop_reason == "tool_use"


def test_the_events_of_thinking(client: anthropic.Anthropic) -> None:
    fields: Any = {"model": "claude-x", "max_tokens": 3000, "thinking": ON}
    with client.messages.stream(**fields, messages=[{"role": "user", "content": inline(SAID)}]) as stream:
        kinds = [event.type for event in stream]
    assert kinds.count("thinking") > 3
    assert kinds.count("signature") == 1
    assert kinds.index("signature") < kinds.index("text")


@pytest.mark.requirement("CC-24")
@pytest.mark.requirement("CC-43")
def test_a_reply_goes_back_as_it_came_and_the_model_sees_its_thoughts(
    create: Any, thinker: RealEngine
) -> None:
    first = create(inline("<think>\n@thought\n</think>\n\n" + call("stop")), thinking=ON, tools=[STOP])
    thinker.scripts.write_text(json.dumps({"@thought": ["<think>\nso\n</think>\n\nsaw @thought"]}))
    result = {"type": "tool_result", "tool_use_id": first.content[-1].id, "content": "done"}
    again = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": [result]},
    ]
    assert blocks(create(again, thinking=ON, tools=[STOP])) == [("thinking", "so"), ("text", "saw @thought")]


@pytest.mark.requirement("CC-13")
@pytest.mark.requirement("CC-59")
@pytest.mark.parametrize("thinking", [None, {"type": "disabled"}], ids=["absent", "disabled"])
def test_a_plain_answer_is_text_where_no_thinking_is_asked_for(create: Any, thinking: Any) -> None:
    """Such an engine would take an answer without tags for a thought."""
    fields = {} if thinking is None else {"thinking": thinking}
    assert blocks(create(inline("Plainly."), **fields)) == [("text", "Plainly.")]


@pytest.mark.requirement("CC-41")
def test_only_a_thought_is_still_a_message(create: Any) -> None:
    message = create(inline("<think>\nhm\n</think>"), thinking=ON)
    assert blocks(message) == [("thinking", "hm")]
    assert message.usage.output_tokens > 0


def test_openai_s_client_gets_the_reasoning(gateway: RunningGateway) -> None:
    with openai.OpenAI(api_key="any", base_url=f"{gateway.url}/v1", max_retries=0) as client:
        messages: Any = [{"role": "user", "content": inline(SAID)}]
        whole: Any = client.chat.completions.create(model="claude-x", messages=messages)
        assert whole.choices[0].message.reasoning_content.strip() == THOUGHT
        assert whole.choices[0].message.content.strip() == "Yes."
        pieces: Any = client.chat.completions.create(model="claude-x", messages=messages, stream=True)
        deltas = [piece.choices[0].delta for piece in pieces if piece.choices]
        assert "".join(getattr(d, "reasoning_content", None) or "" for d in deltas).strip() == THOUGHT
        assert "".join(d.content or "" for d in deltas).strip() == "Yes."
