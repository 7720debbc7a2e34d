"""Anthropic's protocol from a client's side: what is sent, and the grammar that is wanted back."""

import json
from typing import Any

import pytest

from dragoman.verify.dialects import Call, Message, Question, Tool, anthropic, user
from dragoman.verify.frames import Frame, Frames
from dragoman.verify.outcome import Failed

TOOL = Tool("f", "F.", {"type": "object"}, strict=True)
START = ("message_start", {"message": {"id": "msg_1", "usage": {"input_tokens": 9}}})
END = [
    (
        "message_delta",
        {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2, "cache_read_input_tokens": 3}},
    ),
    ("message_stop", {}),
]
Events = list[tuple[str, dict[str, Any]]]


def block(index: int, kind: str, *deltas: dict[str, Any], **start: Any) -> Events:
    return [
        ("content_block_start", {"index": index, "content_block": {"type": kind, **start}}),
        *(("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": index}),
    ]


def text(words: str, index: int = 0) -> Events:
    return block(index, "text", {"type": "text_delta", "text": words}, text="")


def read(events: Events) -> anthropic.Stream:
    stream = anthropic.Stream()
    for name, value in events:
        stream.feed(Frame(name, [json.dumps({"type": name, **value})]))
    return stream


def test_a_good_stream_has_no_breach() -> None:
    call = block(
        2,
        "tool_use",
        {"type": "input_json_delta", "partial_json": '{"a"'},
        {"type": "input_json_delta", "partial_json": ": 1}"},
        id="toolu_1",
        name="f",
        input={},
    )
    thought = block(
        0,
        "thinking",
        {"type": "thinking_delta", "thinking": "hm"},
        {"type": "signature_delta", "signature": "s"},
        thinking="",
    )
    reply = read([START, ("ping", {}), *thought, *text("hi", 1), *call, *END]).close()
    assert reply.breaches == []
    assert (reply.id, reply.thinking, reply.signature, reply.text) == ("msg_1", "hm", "s", "hi")
    assert reply.calls == [Call("toolu_1", "f", '{"a": 1}')]
    usage = reply.usage
    assert (reply.stop, usage.input, usage.output, usage.cached, usage.early) == ("end", 9, 2, 3, 9)


BREACHES: dict[str, tuple[Events, str]] = {
    "no start": (text("a") + END, "content_block_start before message_start"),
    "two starts": ([START, START, *END], "message_start twice"),
    "no id": ([("message_start", {"message": {}}), *END], "message_start without an id"),
    "a wrong index": ([START, *text("a", 1), *END], "block 1 where 0 comes next"),
    "two open blocks": ([START, *text("a")[:2], *text("b", 1), *END], "before the one before it is closed"),
    "a delta of another block": (
        [START, *block(0, "text", {"type": "input_json_delta", "partial_json": "{}"}), *END],
        "input_json_delta in a block of text",
    ),
    "a block that is closed twice": (
        [START, *text("a"), ("content_block_stop", {"index": 0}), *END],
        "a block that is not open",
    ),
    "something after the end": ([START, *text("a"), *END, ("ping", {})], "ping after message_stop"),
    "no stop reason": ([START, *text("a"), ("message_delta", {"delta": {}}), END[1]], "no stop reason"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_is_named(case: str) -> None:
    events, said = BREACHES[case]
    assert any(said in breach for breach in read(events).close().breaches)


FRAMES: dict[str, tuple[Frame, str]] = {
    "data that is no JSON": (Frame("ping", ["{"]), "no JSON"),
    "an event without a type": (Frame("ping", ["[1]"]), "without a type"),
    "a name that is not its type": (Frame("x", ['{"type": "ping"}']), "without an `event:` line"),
    "two lines": (Frame("ping", ['{"type":', '"ping"}']), "several lines"),
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_that_is_wrong_is_named(case: str) -> None:
    frame, said = FRAMES[case]
    stream = read([START])
    stream.feed(frame)
    assert any(said in breach for breach in stream.reply.breaches)


def test_comments_and_pings_are_no_content() -> None:
    stream = read([START])
    assert not any(stream.feed(frame) for frame in Frames().feed(b": hi\n\n"))
    assert stream.reply.breaches == []


def test_an_error_in_the_stream_is_said() -> None:
    with pytest.raises(Failed, match="breaks off with an error: full"):
        read([START, ("error", {"error": {"type": "overloaded_error", "message": "full"}})])


def test_a_conversation_in_its_words() -> None:
    said = (
        *user("a"),
        Message("assistant", "b", (Call("1", "f", '{"x": 1}'),), thinking="hm", signature="s"),
        Message("user", results=(("1", "r"),)),
    )
    question = Question(said, (TOOL,), "=f", True, "sys", 5, ("x",), None, True, {"extra": 1})
    sent = anthropic.body(question, "m")
    assert sent["messages"] == [
        {"role": "user", "content": "a"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "b"},
                {"type": "tool_use", "id": "1", "name": "f", "input": {"x": 1}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "r"}]},
    ]
    assert sent["tools"] == [
        {"name": "f", "description": "F.", "input_schema": {"type": "object"}, "strict": True}
    ]
    assert sent["tool_choice"] == {"type": "tool", "name": "f", "disable_parallel_tool_use": True}
    assert (sent["stop_sequences"], sent["system"], sent["stream"], sent["extra"]) == (["x"], "sys", True, 1)


CHOICES = {
    ("", True): {"type": "auto", "disable_parallel_tool_use": True},
    ("any", False): {"type": "any"},
    ("none", False): {"type": "none"},
    ("", False): {},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_in_its_words(choice: tuple[str, bool]) -> None:
    question = Question(user("a"), choice=choice[0], single=choice[1])
    assert anthropic.tool_choice(question) == CHOICES[choice]


def test_a_whole_reply_is_read_by_its_shape() -> None:
    reply = anthropic.whole(
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "tool_use", "id": "1", "name": "f", "input": {}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 1, "cache_creation_input_tokens": 4, "output_tokens": 2},
        }
    )
    assert (reply.text, reply.stop, reply.usage.input, reply.breaches) == ("a", "tool", 5, [])
    odd = anthropic.whole({"content": [{"type": "x"}, 3]})
    assert len(odd.breaches) == 4
    with pytest.raises(Failed, match="the answer is no message"):
        anthropic.whole([])
