"""Engines' answers in all their dialects, streamed and whole, as the same events."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.errors import BadAnswer, Busy, DragomanError
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Failed,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import fold
from dragoman.sse import Decoder
from dragoman.wire.openai_chat.answer import StreamDecoder, decode_answer, error_text
from tests.streams import cuttings


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def call(index: int | None, id: str | None, name: str | None, arguments: Any = None) -> dict[str, Any]:
    fields = {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}
    return {name: value for name, value in fields.items() if value is not None}


def feed(*chunks: dict[str, Any]) -> list[Event]:
    decoder = StreamDecoder()
    events = [event for chunk in chunks for event in decoder.feed(json.dumps(chunk).encode())]
    return events + decoder.feed(b"[DONE]") + decoder.close()


CASES: dict[str, tuple[list[dict[str, Any]], list[Event]]] = {
    "text": (
        [delta(role="assistant", content=""), delta(content="a"), delta("stop")],
        [TextDelta("a"), Stopped("end")],
    ),
    "text as parts": ([delta(content=[{"type": "text", "text": "a"}, {"type": "text"}])], [TextDelta("a")]),
    "parts without text": ([delta(content=[{"type": "text"}])], []),
    "reasoning under either name": (
        [delta(reasoning="a"), delta(reasoning_content="b"), delta(reasoning="c", reasoning_content="c")],
        [ThinkingDelta("a"), ThinkingDelta("b"), ThinkingDelta("c")],
    ),
    "reasoning before text in one chunk": (
        [delta(content="b", reasoning="a")],
        [ThinkingDelta("a"), TextDelta("b")],
    ),
    "a call as text": (
        [
            delta(tool_calls=[call(0, "1", "f")]),
            delta(tool_calls=[call(0, None, None, "{}")]),
            delta("tool_calls"),
        ],
        [CallStarted("1", "f"), CallArguments("{}"), CallEnded(), Stopped("tool")],
    ),
    "arguments as an object": (
        [delta("stop", tool_calls=[call(0, "1", "f", {"a": 10**30, "b": "ä"})])],
        [
            CallStarted("1", "f"),
            CallArguments('{"a":1000000000000000000000000000000,"b":"\\u00e4"}'),
            CallEnded(),
            Stopped("end"),
        ],
    ),
    "an empty object": (
        [delta("stop", tool_calls=[call(0, "1", "f", {})])],
        [CallStarted("1", "f"), CallArguments("{}"), CallEnded(), Stopped("end")],
    ),
    "no arguments at all": (
        [delta("stop", tool_calls=[call(0, "1", "f")])],
        [CallStarted("1", "f"), CallEnded(), Stopped("end")],
    ),
    "two calls in one chunk without indexes": (
        [delta("stop", tool_calls=[call(None, "1", "f", "{}"), call(None, "2", "g", "{}")])],
        [
            CallStarted("1", "f"),
            CallArguments("{}"),
            CallEnded(),
            CallStarted("2", "g"),
            CallArguments("{}"),
            CallEnded(),
            Stopped("end"),
        ],
    ),
    "two calls without indexes or ids, in pieces": (
        [
            delta(tool_calls=[call(None, None, "f"), call(None, None, "g")]),
            delta("stop", tool_calls=[call(None, None, None, "{}"), call(None, None, None, '{"b":1}')]),
        ],
        [
            CallStarted("", "f"),
            CallArguments("{}"),
            CallEnded(),
            CallStarted("", "g"),
            CallArguments('{"b":1}'),
            CallEnded(),
            Stopped("end"),
        ],
    ),
    "text inside a call waits for its end": (
        [
            delta(tool_calls=[call(0, "1", "f", '{"a"')]),
            delta(content="x"),
            delta(reasoning="y", tool_calls=[call(0, None, None, ":1}")]),
            delta("stop"),
        ],
        [
            CallStarted("1", "f"),
            CallArguments('{"a"'),
            CallArguments(":1}"),
            CallEnded(),
            TextDelta("x"),
            ThinkingDelta("y"),
            Stopped("end"),
        ],
    ),
    "text inside a call that never ends is not lost": (
        [delta(tool_calls=[call(0, "1", "f", '{"a"')]), delta("stop", content="x")],
        [CallStarted("1", "f"), CallArguments('{"a"'), CallEnded(), TextDelta("x"), Stopped("end")],
    ),
    "an empty finish_reason is none": (
        [delta("", content="a"), delta("", content="b"), delta("stop")],
        [TextDelta("a"), TextDelta("b"), Stopped("end")],
    ),
    "usage in a chunk of its own": (
        [delta("stop"), {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}],
        [Stopped("end"), Used(Usage(5, 2))],
    ),
    "usage with what came from the cache": (
        [{"choices": [], "usage": {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}}],
        [Used(Usage(5, 0, 4))],
    ),
    "usage that says nothing": (
        [{"usage": {"prompt_tokens": None, "completion_tokens": None, "prompt_tokens_details": None}}],
        [Used(Usage())],
    ),
    "the length": ([delta("length")], [Stopped("length")]),
    "the length inside a call": (
        [delta(tool_calls=[call(0, "1", "f", '{"a"')]), delta("length")],
        [CallStarted("1", "f"), CallArguments('{"a"'), CallEnded(), Stopped("length")],
    ),
    "the length before a call's arguments": (
        [delta(tool_calls=[call(0, "1", "f")]), delta("length")],
        [CallStarted("1", "f"), CallArguments("{"), CallEnded(), Stopped("length")],
    ),
    "a filter": ([delta("content_filter")], [Stopped("refusal")]),
    "a reason that nobody knows": ([delta("abort")], [Stopped("end")]),
    "a stop string": (
        [{"choices": [{"delta": {}, "finish_reason": "stop", "stop_reason": "END"}]}],
        [Stopped("stop_sequence", "END")],
    ),
    "a stop token": (
        [{"choices": [{"delta": {}, "finish_reason": "stop", "stop_reason": 151645}]}],
        [Stopped("end")],
    ),
    "nulls everywhere": (
        [
            {
                "choices": [{"delta": None, "message": None, "finish_reason": None}],
                "usage": None,
                "error": None,
            }
        ],
        [],
    ),
    "a call of nulls": ([delta(tool_calls=[{"index": None, "id": None, "function": None}])], []),
}


@pytest.mark.parametrize(("chunks", "events"), CASES.values(), ids=CASES)
def test_a_stream(chunks: list[dict[str, Any]], events: list[Event]) -> None:
    assert feed(*chunks) == events


FAILURES: dict[str, tuple[bytes, type[DragomanError], str]] = {
    "no JSON": (b"<html>", BadAnswer, "no chat chunk"),
    "half a chunk": (b'{"choices": [', BadAnswer, "no chat chunk"),
    "a list": (b"[]", BadAnswer, "no chat chunk"),
    "choices of a wrong type": (b'{"choices": 5}', BadAnswer, "no chat chunk"),
    "content of a wrong type": (b'{"choices":[{"delta":{"content":{"a":1}}}]}', BadAnswer, "no chat chunk"),
    "arguments of a wrong type": (
        b'{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":[1]}}]}}]}',
        BadAnswer,
        "no chat chunk",
    ),
    "no UTF-8": (b'{"choices":[{"delta":{"content":"\xff"}}]}', BadAnswer, "no chat chunk"),
    "nested too deep": (b'{"error":' + b"[" * 9000 + b"]" * 9000 + b"}", BadAnswer, "no chat chunk"),
    "an error": (b'{"error":{"message":"CUDA error","code":500}}', BadAnswer, "CUDA error"),
    "an error as a string": (b'{"error":"boom"}', BadAnswer, "boom"),
    "an error without words": (b'{"error":{}}', BadAnswer, "no reason given"),
    "an error of another kind": (b'{"error":[1]}', BadAnswer, "[1]"),
    "an error, the older way": (b'{"object":"error","message":"boom","code":400}', BadAnswer, "boom"),
    "a full queue": (b'{"error":{"message":"try later","code":503}}', Busy, "try later"),
    "an error beside choices": (
        b'{"choices":[{"delta":{"content":"a"}}],"error":{"message":"b"}}',
        BadAnswer,
        "b",
    ),
}


@pytest.mark.parametrize(("data", "kind", "message"), FAILURES.values(), ids=FAILURES)
def test_rubbish_and_errors_inside_a_stream(data: bytes, kind: type[DragomanError], message: str) -> None:
    (event,) = StreamDecoder().feed(data)
    assert isinstance(event, Failed)
    assert type(event.error) is kind
    assert message in event.error.message


def test_an_empty_event_is_no_chunk() -> None:
    assert StreamDecoder().feed(b"") == StreamDecoder().feed(b"  ") == []


def test_half_a_character_is_no_failure() -> None:
    chunk = rb'{"choices":[{"delta":{"content":"a\ud83d"}}]}'
    assert StreamDecoder().feed(chunk) == [TextDelta("a�")]


def test_what_a_decoder_knows_of_the_end() -> None:
    decoder = StreamDecoder()
    decoder.feed(json.dumps(delta(content="a")).encode())
    assert not decoder.finished
    decoder.feed(json.dumps(delta("stop")).encode())
    assert decoder.finished
    assert not decoder.done
    decoder.feed(b"[DONE]")
    assert decoder.done


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=5).map(lambda text: delta(content=text)),
        st.text(max_size=5).map(lambda text: delta(reasoning=text)),
        st.sampled_from(
            [delta(tool_calls=[call(0, "1", "f", '{"a":')]), delta(tool_calls=[call(0, "", "", "1}")])]
        ),
        st.just(delta(tool_calls=[call(1, "2", "g", "{}")])),
    ),
    max_size=6,
)


@given(TEXTS, st.data())
def test_no_cutting_of_the_bytes_changes_the_reply(chunks: list[dict[str, Any]], data: st.DataObject) -> None:
    frames = [
        f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode() for chunk in [*chunks, delta("stop")]
    ]
    stream = b"".join([*frames, b"data: [DONE]\n\n"])
    lines, decoder = Decoder(), StreamDecoder()
    events: list[Event] = []
    for piece in data.draw(cuttings(stream)):
        for item in lines.feed(piece):
            events += decoder.feed(item)
    assert fold(events) == fold(feed(*chunks, delta("stop")))
    assert decoder.done


@given(TEXTS)
def test_no_order_of_chunks_interleaves_a_call(chunks: list[dict[str, Any]]) -> None:
    started = False
    for event in feed(*chunks, delta("stop")):
        match event:
            case CallStarted():
                assert not started
                started = True
            case CallArguments():
                assert started
            case CallEnded():
                started = False
            case _:
                assert not started


def whole(finish: str | None = "stop", **message: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return json.dumps(
        {"object": "chat.completion", "choices": [choice], "usage": {"prompt_tokens": 3}}
    ).encode()


WHOLE: dict[str, tuple[bytes, list[Event]]] = {
    "text": (whole(content="a"), [TextDelta("a"), Stopped("end"), Used(Usage(3))]),
    "nothing": (whole(content=None), [Stopped("end"), Used(Usage(3))]),
    "calls without indexes": (
        whole("tool_calls", content="", tool_calls=[call(None, "1", "f", "{}"), call(None, "2", "f", "")]),
        [
            CallStarted("1", "f"),
            CallArguments("{}"),
            CallEnded(),
            CallStarted("2", "f"),
            CallEnded(),
            Stopped("tool"),
            Used(Usage(3)),
        ],
    ),
    "no finish_reason": (whole(None, content="a"), [TextDelta("a"), Used(Usage(3))]),
}


@pytest.mark.parametrize(("body", "events"), WHOLE.values(), ids=WHOLE)
def test_a_whole_answer(body: bytes, events: list[Event]) -> None:
    assert decode_answer(body) == events


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[DONE]", b"{}", b'{"choices":[]}', b"<html>", b'{"error":"x"}']
)
def test_a_whole_answer_that_is_none(body: bytes) -> None:
    (event,) = decode_answer(body)
    assert isinstance(event, Failed)


ERRORS: dict[str, tuple[bytes, str]] = {
    "OpenAI's shape": (b'{"error":{"message":"no","type":"BadRequestError","code":400}}', "no"),
    "an error as a string": (b'{"error":"Unauthorized"}', "Unauthorized"),
    "older vLLM": (b'{"object":"error","message":"no","code":400}', "no"),
    "FastAPI, a string": (b'{"detail":"Not Found"}', "Not Found"),
    "FastAPI, a list": (b'{"detail":[{"loc":["body"],"msg":"no"}]}', '[{"loc":["body"],"msg":"no"}]'),
    "an empty error beside a message": (b'{"error":"","message":"no"}', "no"),
    "plain text": (b"Internal Server Error\n", "Internal Server Error"),
    "a proxy's page": (
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
        b"</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>",
        "502 Bad Gateway nginx",
    ),
    "nothing": (b"", ""),
    "no UTF-8": (b"\xff!", "�!"),
    "nested too deep": (b'{"error":' + b"[" * 9000, '{"error":' + "[" * 1991),
}


@pytest.mark.parametrize(("body", "text"), ERRORS.values(), ids=ERRORS)
def test_the_words_of_an_error_body(body: bytes, text: str) -> None:
    assert error_text(body) == text


def test_an_error_body_is_cut() -> None:
    assert len(error_text(b"x" * 100_000)) == 2000
    assert len(error_text(json.dumps({"message": "y" * 100_000}).encode())) == 2000


@given(st.binary(max_size=60))
def test_no_bytes_of_an_engine_raise(body: bytes) -> None:
    StreamDecoder().feed(body)
    decode_answer(body)
    error_text(body)
