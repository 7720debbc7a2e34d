"""OpenAI's protocol from a client's side: what is sent, and what its SDK can read."""

import json
from typing import Any

import pytest

from dragoman.verify.dialects import Call, Message, Question, Tool, openai, user
from dragoman.verify.frames import Frame
from dragoman.verify.outcome import Failed

DONE = Frame("", ["[DONE]"])


def chunk(finish: str | None = None, **delta: Any) -> Frame:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return Frame("", [json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice]})])


def piece(index: int, **function: str) -> Frame:
    return chunk(tool_calls=[{"index": index, "id": f"call_{index}", "function": function}])


def read(*frames: Frame) -> openai.Stream:
    stream = openai.Stream()
    for frame in frames:
        stream.feed(frame)
    return stream


def test_a_good_stream_has_no_breach() -> None:
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    last = Frame("", [json.dumps({"object": "chat.completion.chunk", "choices": [], "usage": usage})])
    reply = read(
        chunk(role="assistant", content=""),
        chunk(reasoning="h"),
        chunk(reasoning_content="m"),
        chunk(content="hi"),
        piece(1, name="g", arguments="{}"),
        piece(0, name="f", arguments='{"a"'),
        piece(0, arguments=": 1}"),
        chunk("tool_calls"),
        last,
        DONE,
    ).close()
    assert reply.breaches == []
    assert (reply.thinking, reply.text, reply.stop) == ("hm", "hi", "tool")
    assert reply.calls == [Call("call_0", "f", '{"a": 1}'), Call("call_1", "g", "{}")]
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (5, 2, 4)


BREACHES: dict[str, tuple[tuple[Frame, ...], str]] = {
    "no [DONE]": ((chunk("stop"),), "ends without [DONE]"),
    "something after it": ((chunk("stop"), DONE, chunk()), "something after [DONE]"),
    "no finish_reason": ((chunk(content="a"), DONE), "no finish_reason"),
    "content after it": ((chunk("stop"), chunk(content="a"), DONE), "content after finish_reason"),
    "no JSON": ((Frame("", ["{"]),), "a chunk that is no JSON"),
    "no object": ((Frame("", ["1"]),), "a chunk that is no object"),
    "another object": ((Frame("", ['{"choices": [1]}']),), "a choice that is no object"),
    "a call without an index": ((chunk(tool_calls=[{"id": "1"}]),), "a piece of a call without an index"),
    "a call without a name": (
        (piece(0, arguments="{}"), chunk("tool_calls"), DONE),
        "without an id or a name",
    ),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_is_named(case: str) -> None:
    frames, said = BREACHES[case]
    assert any(said in breach for breach in read(*frames).close().breaches)


def test_an_error_in_the_stream_is_said() -> None:
    with pytest.raises(Failed, match="breaks off with an error: dead"):
        read(Frame("", ['{"error": {"message": "dead"}}']))


def test_a_conversation_in_its_words() -> None:
    said = (
        *user("a"),
        Message("assistant", "", (Call("1", "f", "{}"),)),
        Message("user", "more", results=(("1", "r"),)),
    )
    question = Question(said, (Tool("f", "F.", {}, True),), "any", True, "sys", 5, ("x",), False)
    sent = openai.body(question, "m")
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert sent["messages"] == [
        {"role": "system", "content": "sys"},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "r"},
        {"role": "user", "content": "more"},
    ]
    assert sent["tools"][0]["function"]["strict"] is True
    assert (sent["tool_choice"], sent["parallel_tool_calls"], sent["stop"]) == ("required", False, ["x"])
    assert (sent["reasoning_effort"], sent["stream_options"]) == ("none", {"include_usage": True})


CHOICES: dict[str, Any] = {
    "none": "none",
    "any": "required",
    "=f": {"type": "function", "function": {"name": "f"}},
    "": None,
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_in_its_words(choice: str) -> None:
    assert openai.body(Question(user("a"), choice=choice), "m").get("tool_choice") == CHOICES[choice]


def test_a_whole_reply_is_read_by_its_shape() -> None:
    message = {"content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {}}}]}
    reply = openai.whole({"choices": [{"message": message, "finish_reason": "length"}]})
    assert (reply.stop, reply.calls, reply.usage.input) == ("length", [], None)
    assert len(reply.breaches) == 2
    with pytest.raises(Failed, match="no chat completion"):
        openai.whole({"choices": []})
