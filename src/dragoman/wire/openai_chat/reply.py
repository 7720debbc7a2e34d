"""OpenAI's chat replies, as clients take them: the stream of chunks and the whole completion.

Reasoning goes out under both names that clients read, `reasoning` and `reasoning_content`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.json import encode

from dragoman.model.errors import DragomanError, NotSupported
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import Reply, ReplyHead, stop_reason
from dragoman.model.turn import Request, Text, Thinking, ToolCall
from dragoman.wire.openai_chat.errors import error_body
from dragoman.wire.openai_chat.shapes import ShapedCall, whole
from dragoman.wire.openai_chat.tools import Shape, shapes

FINISH_REASONS = {
    "end": "stop",
    "length": "length",
    "stop_sequence": "stop",
    "tool": "tool_calls",
    "refusal": "content_filter",
}


def usage_body(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }


class StreamEncoder:
    """One streamed completion. The counterpart is the client's accumulator of deltas."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = {
            "id": head.id,
            "object": "chat.completion.chunk",
            "created": head.created,
            "model": head.model,
        }
        self._frame = b"data: %s," % encode(self._head)[:-1]
        self._with_usage = request.stream_usage
        self._calls = 0
        self._shapes = shapes(request.tools)
        self._shaped: ShapedCall | None = None
        self._stopped = Stopped("end")
        self._usage: Usage | None = None

    def open(self) -> bytes:
        return self._delta(b'{"role":"assistant","content":""}')

    def feed(self, events: Sequence[Event]) -> bytes:
        return b"".join(map(self._encode, events))

    def ping(self) -> bytes:
        return b": ping\n\n"

    def pulse(self) -> bytes:
        return self._delta(b"{}")

    def close(self) -> bytes:
        reason = finish_reason(stop_reason(self._stopped, self._calls), self._shapes)
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}
        last = b'%s"choices":[%s]}\n\n' % (self._frame, encode(choice))
        if self._with_usage and self._usage is not None:
            last += b'%s"choices":[],"usage":%s}\n\n' % (self._frame, encode(usage_body(self._usage)))
        return last + b"data: [DONE]\n\n"

    def fail(self, error: DragomanError) -> bytes:
        return b"data: %s\n\n" % encode(error_body(error))

    def _encode(self, event: Event) -> bytes:
        if type(event) is TextDelta:  # nearly every event; a class pattern takes three times as long
            return self._delta(b'{"content":%s}' % encode(event.text)) if event.text else b""
        match event:
            case ThinkingDelta(text):
                thought = encode(text)
                return self._delta(b'{"reasoning":%s,"reasoning_content":%s}' % (thought, thought))
            case CallStarted() | CallArguments() | CallEnded():
                return self._call(event)
            case Used(usage):
                self._usage = usage
            case Stopped():
                self._stopped = event
        return b""

    def _call(self, event: CallStarted | CallArguments | CallEnded) -> bytes:
        match event:
            case CallStarted(id, name) if name in self._shapes:
                self._shaped = ShapedCall(self._shapes[name], self._calls, id, name)
                return self._maybe(self._shaped.start())
            case CallArguments(text) if self._shaped is not None:
                return self._maybe(self._shaped.feed(text))
            case CallStarted(id, name):
                function = {"name": name, "arguments": ""}
                call = {"index": self._calls, "id": id, "type": "function", "function": function}
                return self._delta(encode({"tool_calls": [call]}))
            case CallArguments(text):
                piece = b'{"tool_calls":[{"index":%d,"function":{"arguments":%s}}]}'
                return self._delta(piece % (self._calls, encode(text)))
        last = self._shaped.close() if self._shaped is not None else None
        self._shaped = None
        self._calls += 1
        return self._maybe(last)

    def _maybe(self, delta: dict[str, Any] | None) -> bytes:
        return b"" if delta is None else self._delta(encode(delta))

    def _delta(self, delta: bytes) -> bytes:
        choice = b'"choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":null}]}\n\n'
        return self._frame + choice % delta


def finish_reason(reason: StopReason, shaped: Mapping[str, Shape]) -> str:
    if reason == "tool" and "legacy" in shaped.values():
        return "function_call"
    return FINISH_REASONS[reason]


def encode_reply(head: ReplyHead, reply: Reply, request: Request | None = None) -> bytes:
    """The whole completion as JSON."""
    shaped = shapes(request.tools) if request else {}
    reason = stop_reason(reply.stopped, len(reply.calls))
    return encode(
        {
            "id": head.id,
            "object": "chat.completion",
            "created": head.created,
            "model": head.model,
            "choices": [
                {
                    "index": 0,
                    "message": message_body(reply, shaped),
                    "logprobs": None,
                    "finish_reason": finish_reason(reason, shaped),
                }
            ],
            "usage": usage_body(reply.usage),
        }
    )


def message_body(reply: Reply, shaped: Mapping[str, Shape]) -> dict[str, Any]:
    text = "".join(block.text for block in reply.blocks if isinstance(block, Text))
    thought = "".join(block.text for block in reply.blocks if isinstance(block, Thinking))
    message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": None}
    if thought:
        message |= {"reasoning": thought, "reasoning_content": thought}
    if reply.calls:
        message |= calls_body(reply.calls, shaped)
    elif not text:
        message["content"] = ""
    return message


def calls_body(calls: Sequence[ToolCall], shaped: Mapping[str, Shape]) -> dict[str, Any]:
    """The calls, each as its tool was offered; `function_call` has room for one."""
    if shaped.get(calls[0].name) == "legacy":
        return {"function_call": {"name": calls[0].name, "arguments": calls[0].arguments}}
    return {"tool_calls": [whole(shaped.get(call.name, "function"), call) for call in calls]}


def encode_count(tokens: int) -> bytes:
    raise NotSupported("OpenAI's protocol has no route that counts tokens")
