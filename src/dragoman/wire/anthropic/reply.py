"""Anthropic's replies: the event stream and the whole message.

Order in a stream: message_start, then blocks (start, deltas, stop; one open at a time, indexes
from 0 without gaps), message_delta with stop reason and usage, message_stop. Content stands in
deltas only: Claude Code loses what a content_block_start holds.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.json import encode

from dragoman.model.errors import Busy, ClientError, DragomanError
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    SearchEnded,
    SearchStarted,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.reply import Part, Reply, ReplyHead, WebSearch, is_object, stop_reason
from dragoman.model.turn import Request, Text, Thinking, ToolCall
from dragoman.wire.anthropic.errors import error_body
from dragoman.wire.anthropic.search import call_block, result_block

STOP_REASONS = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool": "tool_use",
    "refusal": "refusal",
}
DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":'
DELTAS = {
    "text": DELTA + b'"text_delta","text":',
    "thinking": DELTA + b'"thinking_delta","thinking":',
    "tool_use": DELTA + b'"input_json_delta","partial_json":',
    "server_tool_use": DELTA + b'"input_json_delta","partial_json":',
}
"""By kind of block: what stands before the text of each of its deltas."""
SIGNATURE = "ZHJhZ29tYW4="
"""Opaque to clients, which type it as a string; taken back with any value or none."""


def sse(kind: str, body: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), encode(body))


def usage_body(usage: Usage, scale: float = 1.0, searches: int = 0) -> dict[str, Any]:
    """Anthropic's usage: `input_tokens` leaves out what came from the cache.

    `scale` is for clients that believe in another window than the model's (settings: usage_window).
    """
    body: dict[str, Any] = {
        "input_tokens": round(max(usage.input - usage.cached, 0) * scale),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": round(usage.cached * scale),
        "output_tokens": round(usage.output * scale),
    }
    if searches:
        body["server_tool_use"] = {"web_search_requests": searches}
    return body


class StreamEncoder:
    """One streamed message. The counterpart is the client's accumulator."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = head
        self._index = -1
        self._open = ""
        self._before_text = b""
        self._calls = 0
        self._searches = 0
        self._stopped = Stopped("end")
        self._usage = Usage(input=head.input_tokens)

    def open(self) -> bytes:
        message: dict[str, Any] = {
            "id": self._head.id,
            "type": "message",
            "role": "assistant",
            "model": self._head.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage_body(self._usage, self._head.usage_scale),
        }
        return sse("message_start", {"type": "message_start", "message": message})

    def feed(self, events: Sequence[Event]) -> bytes:
        return self._encode(events[0]) if len(events) == 1 else b"".join(map(self._encode, events))

    def ping(self) -> bytes:
        return b'event: ping\ndata: {"type":"ping"}\n\n'

    def pulse(self) -> bytes:
        """A message_delta without stop reason: resets Claude Code's watchdog, leaves no trace."""
        return self._message_delta(None, None)

    def close(self) -> bytes:
        reason = stop_reason(self._stopped, self._calls)
        sequence = self._stopped.sequence if reason == "stop_sequence" else None
        return b"".join(
            (
                self._close_block(),
                self._message_delta(STOP_REASONS[reason], sequence),
                b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
            )
        )

    def fail(self, error: DragomanError) -> bytes:
        """While no block has been closed, Claude Code asks again, and streams again on `overloaded_error`;
        a block that is closed first would make it end the turn. A request at fault keeps its own kind,
        on which it asks once more without a stream and gets the status."""
        if isinstance(error, ClientError):
            failure = error_body(error)
        elif self._closed:
            failure = error_body(error, kind="api_error")
        else:
            failure = error_body(Busy(error.message))
        return (self._close_block() if self._closed else b"") + sse("error", failure)

    @property
    def _closed(self) -> bool:
        """Whether any block has been closed."""
        return self._index > 0 or (self._index == 0 and not self._open)

    def _encode(self, event: Event) -> bytes:
        if type(event) is TextDelta:  # nearly every event; a class pattern takes three times as long
            return self._delta("text", event.text)
        match event:
            case ThinkingDelta(text):
                return self._delta("thinking", text)
            case CallArguments(text):
                return self._delta("tool_use", text)
            case CallStarted(id, name):
                return self._open_block("tool_use", {"type": "tool_use", "id": id, "name": name, "input": {}})
            case CallEnded():
                self._calls += 1
                return self._close_block()
            case SearchStarted(id, query):
                block = call_block(id, query)
                opening = self._open_block("server_tool_use", block | {"input": {}})
                given = encode(block["input"]).decode()
                return opening + self._delta("server_tool_use", given) + self._close_block()
            case SearchEnded(id, _, found, error):
                self._searches += 1
                return self._whole_block(result_block(id, found, error))
            case Used(usage):
                self._usage = usage
            case Stopped():
                self._stopped = event
        return b""

    def _delta(self, kind: str, text: str) -> bytes:
        if not text:
            return b""
        opening = b"" if self._open == kind else self._open_block(kind, {"type": kind, **EMPTY[kind]})
        return opening + self._before_text + encode(text) + b"}}\n\n"

    def _open_block(self, kind: str, block: dict[str, Any]) -> bytes:
        closing = self._close_block()
        self._open = kind
        self._index += 1
        self._before_text = DELTAS[kind] % self._index if kind in DELTAS else b""
        start = {"type": "content_block_start", "index": self._index, "content_block": block}
        return closing + sse("content_block_start", start)

    def _whole_block(self, block: dict[str, Any]) -> bytes:
        """A block that a client takes from its start event, as it does with those of server tools."""
        return self._open_block(block["type"], block) + self._close_block()

    def _close_block(self) -> bytes:
        if not self._open:
            return b""
        signature = b""
        if self._open == "thinking":
            delta = {"type": "signature_delta", "signature": SIGNATURE}
            signature = sse(
                "content_block_delta", {"type": "content_block_delta", "index": self._index, "delta": delta}
            )
        self._open = ""
        stop = {"type": "content_block_stop", "index": self._index}
        return signature + sse("content_block_stop", stop)

    def _message_delta(self, reason: str | None, sequence: str | None) -> bytes:
        return sse(
            "message_delta",
            {
                "type": "message_delta",
                "delta": {"stop_reason": reason, "stop_sequence": sequence},
                "usage": usage_body(self._usage, self._head.usage_scale, self._searches),
            },
        )


EMPTY: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"id": "", "name": "", "input": {}},
}


def encode_reply(head: ReplyHead, reply: Reply, request: Request | None = None) -> bytes:
    """The whole message as JSON."""
    reason = stop_reason(reply.stopped, len(reply.calls))
    searches = len([part for part in reply.blocks if isinstance(part, WebSearch)])
    return encode(
        {
            "id": head.id,
            "type": "message",
            "role": "assistant",
            "model": head.model,
            "content": [block for part in reply.blocks for block in block_bodies(part)],
            "stop_reason": STOP_REASONS[reason],
            "stop_sequence": reply.stopped.sequence if reason == "stop_sequence" else None,
            "usage": usage_body(reply.usage, head.usage_scale, searches),
        }
    )


def block_bodies(part: Part) -> list[dict[str, Any]]:
    match part:
        case Text(text=text):
            return [{"type": "text", "text": text}]
        case Thinking(text=text):
            return [{"type": "thinking", "thinking": text, "signature": SIGNATURE}]
        case ToolCall(id=id, name=name, arguments=arguments):
            given = arguments if is_object(arguments) else "{}"
            return [{"type": "tool_use", "id": id, "name": name, "input": msgspec.Raw(given.encode())}]
        case WebSearch(id, query, found, error):
            return [call_block(id, query), result_block(id, found, error)]


def encode_count(tokens: int) -> bytes:
    return encode({"input_tokens": tokens})
