"""OpenAI's responses: the stream of events and the whole response.

Order in a stream: response.created, response.in_progress; per item output_item.added, its content
part, deltas, the done events, output_item.done (one item open at a time, indexes without gaps);
then response.completed, response.incomplete or response.failed with all items and the usage. Every
event has the next sequence_number. A cut call gets no output_item.done: on that one Codex runs it.

Codex reads text from deltas and items from output_item.done alone; no `[DONE]` stands at the end.
Comments do not reset its idle timer (300 s), events do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.json import encode

from dragoman.model.errors import BadAnswer, BadRequest, DragomanError, PromptTooLong, RateLimited
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
from dragoman.model.reply import Reply, ReplyHead, stop_reason
from dragoman.model.turn import OutputFormat, Request, Text, Thinking, ToolCall, ToolChoice
from dragoman.wire.openai_chat.errors import error_body
from dragoman.wire.openai_responses.output import (
    FREEFORM,
    MESSAGE,
    REASONING,
    CallItem,
    Item,
    Kind,
    part_body,
)
from dragoman.wire.openai_responses.tools import Origin, origins

INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}

FAILURES: dict[type[DragomanError], str] = {
    PromptTooLong: "context_length_exceeded",
    BadRequest: "invalid_prompt",
    RateLimited: "rate_limit_exceeded",
}
"""Codes on which clients act; Codex tries again on every other."""


class Head:
    """What is the same in each body of one response. The client's own prompt and tools are not sent back."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self.reply = head.id.rpartition("_")[2]
        sampling = request.sampling
        self._fixed: dict[str, Any] = {
            "id": f"resp_{self.reply}",
            "object": "response",
            "created_at": head.created,
            "model": head.model,
            "background": False,
            "instructions": None,
            "max_output_tokens": request.max_tokens,
            "metadata": request.extra.get("metadata", {}),
            "parallel_tool_calls": request.tool_choice.parallel,
            "previous_response_id": None,
            "reasoning": {"effort": request.reasoning.effort or None, "summary": None},
            "store": False,
            "temperature": sampling.get("temperature"),
            "text": {"format": format_body(request.output)},
            "tool_choice": choice_body(request.tool_choice),
            "tools": [],
            "top_p": sampling.get("top_p"),
            "truncation": "disabled",
        }

    def body(
        self, status: str, items: Sequence[dict[str, Any]] = (), usage: Usage | None = None, **more: Any
    ) -> dict[str, Any]:
        given: dict[str, Any] = {"error": None, "incomplete_details": None} | more
        return (
            self._fixed
            | given
            | {
                "status": status,
                "output": items,
                "usage": None if usage is None else usage_body(usage),
            }
        )

    def end(self, reason: str, items: Sequence[dict[str, Any]], usage: Usage) -> dict[str, Any]:
        """The body of a response that was not broken off."""
        if reason not in INCOMPLETE:
            return self.body("completed", items, usage)
        return self.body("incomplete", items, usage, incomplete_details={"reason": INCOMPLETE[reason]})


class StreamEncoder:
    """One streamed response. The counterpart is the client's accumulator of events."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = Head(head, request)
        self._origins = origins(request.tools)
        self._sequence = -1
        self._open: Item | None = None
        self._index = -1
        self._items: list[dict[str, Any]] = []
        self._calls = 0
        self._broken = False
        self._stopped = Stopped("end")
        self._usage: Usage | None = None

    def open(self) -> bytes:
        return self._event("response.created", {"response": self._head.body("in_progress")}) + self.pulse()

    def feed(self, events: Sequence[Event]) -> bytes:
        return b"".join(map(self._encode, events))

    def ping(self) -> bytes:
        return b": ping\n\n"

    def pulse(self) -> bytes:
        return self._event("response.in_progress", {"response": self._head.body("in_progress")})

    def close(self) -> bytes:
        reason = stop_reason(self._stopped, self._calls)
        closing = self._close_item(cut=reason == "length")
        if self._broken and reason != "length":
            return closing + self.fail(BadAnswer("the model stopped in the middle of a call"))
        body = self._head.end(reason, self._items, self._usage or Usage())
        return closing + self._event(f"response.{body['status']}", {"response": body})

    def fail(self, error: DragomanError) -> bytes:
        code = next((FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES), "server_error")
        failure = {"code": code, "message": error_body(error)["error"]["message"]}
        body = self._head.body("failed", self._items, self._usage, error=failure)
        return self._event("response.failed", {"response": body})

    def _encode(self, event: Event) -> bytes:
        if type(event) is TextDelta:  # nearly every event; a class pattern takes three times as long
            return self._text(MESSAGE, event.text)
        match event:
            case ThinkingDelta(text):
                return self._text(REASONING, text)
            case CallArguments(text):
                return self._delta(self._open, self._open.add(text)) if self._open else b""
            case CallStarted(name=name):
                closing = self._close_item()
                self._index += 1
                item = CallItem(event, self._origins.get(name), self._head.reply, self._index)
                return closing + self._begin(item)
            case CallEnded():
                self._calls += 1
                return self._end_call()
            case Used(usage):
                self._usage = usage
            case Stopped():
                self._stopped = event
        return b""

    def _text(self, kind: Kind, text: str) -> bytes:
        item, opening = self._open, b""
        if not text:
            return b""
        if item is None or item.kind is not kind:
            closing = self._close_item()
            self._index += 1
            item = Item(kind, self._head.reply, self._index)
            opening = closing + self._begin(item)
        return opening + self._delta(item, item.add(text))

    def _begin(self, item: Item) -> bytes:
        self._open = item
        added = {"output_index": item.index, "item": item.body("in_progress")}
        opening = self._event("response.output_item.added", added)
        if not item.kind.part:
            return opening
        return opening + self._event(
            "response.content_part.added", {**item.place, "part": part_body(item.kind, "")}
        )

    def _delta(self, item: Item, text: str) -> bytes:
        if not text:
            return b""
        self._sequence += 1
        return item.frame % (self._sequence, encode(text))

    def _end_call(self) -> bytes:
        """The end of a call. One that was cut stays open until it is known what cut it."""
        item = self._open
        if not isinstance(item, CallItem):
            return b""
        last = self._delta(item, item.end())
        return last + self._close_item() if item.whole else last

    def _close_item(self, cut: bool = False) -> bytes:
        """The open item's end. `cut`: the limit of tokens came in its midst.

        A client cannot see that the text of a freeform call is cut, so such a call is never done."""
        item, self._open = self._open, None
        if item is None:
            return b""
        last = self._delta(item, item.finish())
        body = item.body("completed" if item.whole and not cut else "incomplete")
        self._items.append(body)
        if not item.whole and (cut or item.kind is FREEFORM):
            self._broken = True
            return last
        done = {**item.place, item.kind.field: item.text, **item.also}
        closing = last + self._event(item.kind.done, done)
        if item.kind.part:
            closing += self._event("response.content_part.done", {**item.place, "part": item.part()})
        return closing + self._event("response.output_item.done", {"output_index": item.index, "item": body})

    def _event(self, kind: str, fields: dict[str, Any]) -> bytes:
        self._sequence += 1
        body = {"type": kind, "sequence_number": self._sequence, **fields}
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), encode(body))


def encode_reply(head: ReplyHead, reply: Reply, request: Request) -> bytes:
    """The whole response as JSON."""
    made, known = Head(head, request), origins(request.tools)
    reason = stop_reason(reply.stopped, len(reply.calls))
    last = len(reply.spoken) - 1
    items = []
    for index, block in enumerate(reply.spoken):
        item = item_of(block, known, made.reply, index)
        cut = reason == "length" and index == last and item.kind.part
        items.append(item.body("incomplete" if cut or not item.whole else "completed"))
    return encode(made.end(reason, items, reply.usage))


def item_of(block: Text | Thinking | ToolCall, known: Mapping[str, Origin], reply: str, index: int) -> Item:
    match block:
        case Text(text=text):
            item = Item(MESSAGE, reply, index)
        case Thinking(text=text):
            item = Item(REASONING, reply, index)
        case ToolCall(id=id, name=name, arguments=text):
            item = CallItem(CallStarted(id, name), known.get(name), reply, index)
    item.add(text)
    item.finish()
    return item


def usage_body(usage: Usage) -> dict[str, Any]:
    """`input_tokens` holds the cached ones; how many tokens were thoughts, engines do not say."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input + usage.output,
    }


def choice_body(choice: ToolChoice) -> str | dict[str, str]:
    return {"type": "function", "name": choice.name} if choice.mode == "named" else choice.mode


def format_body(output: OutputFormat | None) -> dict[str, Any]:
    if output is None:
        return {"type": "text"}
    if output.schema is None:
        return {"type": "json_object"}
    strict = {} if output.strict is None else {"strict": output.strict}
    return {"type": "json_schema", "name": output.name, "schema": output.schema} | strict
