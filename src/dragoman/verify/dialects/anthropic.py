"""Anthropic's Messages from a client's side: what Claude Code sends, and the grammar that it wants back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.verify.dialects import Call, Message, Question, Reply, Usage, number, short
from dragoman.verify.frames import Frame
from dragoman.verify.outcome import Failed

NAME = "anthropic"
TITLE = "Anthropic"
PATH = "/v1/messages"
STOPS = {"end_turn": "end", "max_tokens": "length", "tool_use": "tool", "stop_sequence": "stop"}
BLOCKS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "tool_use"}
BLOCKS["signature_delta"] = "thinking"
BUDGET = 1024


def headers(key: str) -> dict[str, str]:
    """A key goes both ways, as it does where both of Claude Code's variables are set."""
    both = {"x-api-key": key, "authorization": f"Bearer {key}"} if key else {}
    return {"anthropic-version": "2023-06-01", "content-type": "application/json", **both}


def body(question: Question, model: str) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "model": model,
        "max_tokens": question.max_tokens,
        "messages": [message(said) for said in question.messages],
    }
    if question.system:
        sent["system"] = question.system
    if question.tools:
        sent["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            | ({"strict": True} if tool.strict else {})
            for tool in question.tools
        ]
    if choice := tool_choice(question):
        sent["tool_choice"] = choice
    if question.stop:
        sent["stop_sequences"] = list(question.stop)
    if question.thinking:
        sent["thinking"] = {"type": "enabled", "budget_tokens": BUDGET}
    elif question.thinking is False:
        sent["thinking"] = {"type": "disabled"}
    if not question.thinking:
        sent["temperature"] = 0
    if question.stream:
        sent["stream"] = True
    return sent | question.extra


def tool_choice(question: Question) -> dict[str, Any]:
    single = {"disable_parallel_tool_use": True} if question.single else {}
    match question.choice:
        case "" if not single:
            return {}
        case "":
            return {"type": "auto", **single}
        case "any" | "none" as kind:
            return {"type": kind, **single}
        case named:
            return {"type": "tool", "name": named.removeprefix("="), **single}


def message(said: Message) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [
        {"type": "tool_result", "tool_use_id": id, "content": text} for id, text in said.results
    ]
    if said.thinking:
        blocks.append({"type": "thinking", "thinking": said.thinking, "signature": said.signature})
    if said.text:
        blocks.append({"type": "text", "text": said.text})
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": msgspec.json.decode(call.raw)}
        for call in said.calls
    ]
    plain = len(blocks) == 1 and "text" in blocks[0]
    return {"role": said.role, "content": said.text if plain else blocks}


def whole(value: Any) -> Reply:
    """A reply that was not streamed. Raises Failed where it is none."""
    match value:
        case {"content": list(blocks), **rest}:
            reply = Reply(id=str(rest.get("id") or ""))
        case _:
            raise Failed(f"the answer is no message: {short(msgspec.json.encode(value).decode())}")
    for name, wanted in (("type", "message"), ("role", "assistant")):
        if rest.get(name) != wanted:
            reply.breach(f"`{name}` is not {wanted!r}")
    for block in blocks:
        match block:
            case {"type": "text", "text": str(text)}:
                reply.text += text
            case {"type": "thinking", "thinking": str(text)}:
                reply.thinking += text
                signature = block.get("signature")
                reply.signature = signature if isinstance(signature, str) else None
            case {"type": "tool_use", "id": str(id), "name": str(name), "input": given}:
                reply.calls.append(Call(id, name, msgspec.json.encode(given).decode()))
            case _:
                reply.breach(f"a block of no known kind: {short(msgspec.json.encode(block).decode())}")
        reply.order.append(block.get("type", "") if isinstance(block, dict) else "")
    stopped(reply, rest)
    reply.usage = usage(rest.get("usage"), Usage())
    return reply


def stopped(reply: Reply, holder: Mapping[Any, Any]) -> None:
    reason = holder.get("stop_reason")
    if isinstance(reason, str):
        reply.stop = STOPS.get(reason, reason)
        sequence = holder.get("stop_sequence")
        reply.stop_text = sequence if isinstance(sequence, str) else ""


def usage(told: Any, known: Usage) -> Usage:
    """What is told, over what was known. Anthropic counts cached tokens beside the input."""
    if not isinstance(told, dict):
        return known
    parts = [number(told.get(f"{name}_input_tokens")) for name in ("cache_read", "cache_creation")]
    plain = number(told.get("input_tokens"))
    total = None if plain is None else plain + sum(part or 0 for part in parts)
    return Usage(
        known.input if total is None else total,
        known.output if number(told.get("output_tokens")) is None else number(told.get("output_tokens")),
        known.cached if parts[0] is None else parts[0],
        known.early,
    )


class Stream:
    """A streamed message, block by block."""

    def __init__(self) -> None:
        self.reply = Reply()
        self._open: str | None = None
        self._call: dict[str, str] = {}
        self._blocks = 0
        self._state = "begin"

    def feed(self, frame: Frame) -> bool:
        if frame.comment and not frame.data:
            return False
        try:
            event = msgspec.json.decode(frame.text)
        except msgspec.DecodeError:
            self.reply.breach(f"an event whose data is no JSON: {short(frame.text, 60)}")
            return False
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            self.reply.breach(f"an event without a type: {short(frame.text, 60)}")
            return False
        if frame.event != kind:
            self.reply.breach("events without an `event:` line that equals their type")
        if len(frame.data) > 1:
            self.reply.breach("events of several lines")
        if self._state == "over":
            self.reply.breach(f"{kind} after message_stop")
        if self._state == "begin" and kind not in ("message_start", "ping", "error"):
            self.reply.breach(f"{kind} before message_start")
        self.reply.order.append(kind)
        return self._take(kind, event)

    def written(self) -> str:
        return self._call.get("raw", "")

    def close(self) -> Reply:
        if self._open is not None:
            self.reply.breach("a block that is never closed")
        if self._state == "begin":
            self.reply.breach("no message_start")
        elif self._state != "over":
            self.reply.breach("the stream ends without message_stop")
        if not self.reply.stop:
            self.reply.breach("no stop reason")
        return self.reply

    def _take(self, kind: str, event: dict[str, Any]) -> bool:
        match kind:
            case "message_start":
                self._start(event)
            case "content_block_start":
                self._block(event)
            case "content_block_delta":
                return self._delta(event)
            case "content_block_stop":
                self._close_block(event)
            case "message_delta":
                delta = event.get("delta")
                stopped(self.reply, delta if isinstance(delta, dict) else {})
                self.reply.usage = usage(event.get("usage"), self.reply.usage)
            case "message_stop":
                self._state = "over"
            case "error":
                error = event.get("error")
                words = error.get("message") if isinstance(error, dict) else None
                raise Failed(f"the stream breaks off with an error: {short(str(words or event))}")
        return False

    def _start(self, event: dict[str, Any]) -> None:
        if self._state != "begin":
            self.reply.breach("message_start twice")
        self._state = "message"
        message = event.get("message")
        message = message if isinstance(message, dict) else {}
        self.reply.id = str(message.get("id") or "")
        if not self.reply.id:
            self.reply.breach("message_start without an id")
        self.reply.usage = usage(message.get("usage"), self.reply.usage)
        self.reply.usage.early = self.reply.usage.input

    def _block(self, event: dict[str, Any]) -> None:
        if self._open is not None:
            self.reply.breach("a block begins before the one before it is closed")
        if event.get("index") != self._blocks:
            self.reply.breach(f"block {event.get('index')} where {self._blocks} comes next")
        self._blocks += 1
        block = event.get("content_block")
        block = block if isinstance(block, dict) else {}
        self._open = str(block.get("type"))
        if block.get("text") or block.get("thinking") or block.get("input"):
            self.reply.breach("content in content_block_start, where Claude Code drops it")
        if self._open == "tool_use":
            self._call = {"id": str(block.get("id") or ""), "name": str(block.get("name") or ""), "raw": ""}

    def _delta(self, event: dict[str, Any]) -> bool:
        delta = event.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        kind = str(delta.get("type"))
        if BLOCKS.get(kind, self._open) != self._open:
            self.reply.breach(f"{kind} in {'no block' if self._open is None else 'a block of ' + self._open}")
        match delta:
            case {"text": str(piece)}:
                self.reply.text += piece
            case {"thinking": str(piece)}:
                self.reply.thinking += piece
            case {"partial_json": str(piece)}:
                self._call["raw"] = self._call.get("raw", "") + piece
            case {"signature": str(piece)}:
                self.reply.signature = (self.reply.signature or "") + piece
                return False
            case _:
                return False
        return bool(piece)

    def _close_block(self, event: dict[str, Any]) -> None:
        if self._open is None or event.get("index") != self._blocks - 1:
            self.reply.breach("content_block_stop of a block that is not open")
        if self._open == "tool_use":
            raw = self._call["raw"] or "{}"
            self.reply.calls.append(Call(self._call["id"], self._call["name"], raw))
        self._open = None
