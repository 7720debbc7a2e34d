"""OpenAI's stream keeps its order for every reply, and comes to the same message as a whole one."""

import json
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from dragoman.model.errors import BadAnswer, NotSupported
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import fold
from dragoman.wire.openai_chat.reply import StreamEncoder, encode_count, encode_reply
from tests.streams import ASKED, HEAD, chat_chunks, chat_completion, replies


def stream_of(events: list[Event], *, noise: bool = False, usage: bool = True) -> bytes:
    encoder = StreamEncoder(HEAD, replace(ASKED, stream_usage=usage))
    out = [encoder.open()]
    for event in events:
        out.append(encoder.feed([event]))
        if noise:
            out += [encoder.ping(), encoder.pulse()]
    return b"".join([*out, encoder.close()])


@given(replies())
def test_every_stream_equals_the_whole_reply(events: list[Event]) -> None:
    streamed = chat_completion(stream_of(events))
    whole = json.loads(encode_reply(HEAD, fold(events)))
    (choice,) = whole["choices"]
    message = choice["message"]
    assert streamed["finish_reason"] == choice["finish_reason"]
    assert streamed["content"] == (message["content"] or "")
    assert streamed["reasoning"] == message.get("reasoning", "")
    calls = [{"id": call["id"], **call["function"]} for call in message.get("tool_calls", [])]
    assert streamed["tool_calls"] == calls
    assert streamed["usage"] == whole["usage"]


@given(replies())
def test_keeping_alive_leaves_no_trace(events: list[Event]) -> None:
    assert chat_completion(stream_of(events, noise=True)) == chat_completion(stream_of(events))


@given(replies())
def test_the_official_client_takes_every_chunk_and_every_reply(events: list[Event]) -> None:
    for chunk in chat_chunks(stream_of(events))[:-1]:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    ChatCompletion.model_validate_json(encode_reply(HEAD, fold(events)), strict=True)


def test_usage_only_for_those_who_asked() -> None:
    events: list[Event] = [TextDelta("a"), Stopped("end"), Used(Usage(3, 1, 2))]
    *_rest, last, done = chat_chunks(stream_of(events))
    assert done is None
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 1,
        "total_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 2},
    }
    assert all("usage" not in chunk for chunk in chat_chunks(stream_of(events, usage=False))[:-1])


FINISH: dict[str, tuple[list[Event], str]] = {
    "an end": ([Stopped("end")], "stop"),
    "a stop sequence": ([Stopped("stop_sequence", "x")], "stop"),
    "the length": ([Stopped("length")], "length"),
    "a refusal": ([Stopped("refusal")], "content_filter"),
    "calls": ([CallStarted("1", "f"), CallEnded(), Stopped("end")], "tool_calls"),
    "a tool stop without a call": ([Stopped("tool")], "stop"),
}


@pytest.mark.parametrize(("events", "reason"), FINISH.values(), ids=FINISH)
def test_finish_reasons(events: list[Event], reason: str) -> None:
    assert chat_completion(stream_of(events))["finish_reason"] == reason
    assert json.loads(encode_reply(HEAD, fold(events)))["choices"][0]["finish_reason"] == reason


MESSAGES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "text": ([TextDelta("a")], {"content": "a"}),
    "nothing": ([], {"content": ""}),
    "thinking": (
        [ThinkingDelta("a"), TextDelta("b")],
        {"content": "b", "reasoning": "a", "reasoning_content": "a"},
    ),
    "a call alone has null content": (
        [CallStarted("1", "f"), CallArguments("{}"), CallEnded()],
        {
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
    ),
}


@pytest.mark.parametrize(("events", "message"), MESSAGES.values(), ids=MESSAGES)
def test_messages_of_whole_replies(events: list[Event], message: dict[str, Any]) -> None:
    body = json.loads(encode_reply(HEAD, fold(events)))
    assert body["choices"][0]["message"] == {"role": "assistant", "refusal": None, **message}
    assert (body["id"], body["model"], body["created"]) == (HEAD.id, HEAD.model, HEAD.created)


def test_a_break_is_an_error_and_no_end() -> None:
    encoder = StreamEncoder(HEAD, ASKED)
    stream = encoder.open() + encoder.feed([TextDelta("a")]) + encoder.fail(BadAnswer("gone"))
    *chunks, last = chat_chunks(stream)
    assert None not in chunks
    assert last["error"]["message"] == "gone"


def test_there_is_no_count() -> None:
    with pytest.raises(NotSupported):
        encode_count(5)
