"""An engine's answer to `/v1/chat/completions`, streamed or whole, as events.

The dialects of vLLM, SGLang, llama.cpp and others: reasoning as `reasoning` or
`reasoning_content`, arguments as text or object, usage in any chunk, errors inside a 200.
"""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from dragoman.model.errors import BadAnswer, Busy, DragomanError
from dragoman.model.events import Event, Failed, Stopped, StopReason, TextDelta, ThinkingDelta, Usage, Used
from dragoman.wire.openai_chat.calls import CallAssembly


class WireFunction(Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class WireCall(Struct):
    index: int | None = None
    id: str | None = None
    function: WireFunction | None = None


class WirePart(Struct):
    type: str = ""
    text: str | None = None


class WireDelta(Struct):
    content: str | list[WirePart] | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[WireCall] | None = None


class WireChoice(Struct):
    delta: WireDelta | None = None
    message: WireDelta | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None


class WireDetails(Struct):
    cached_tokens: int | None = None


class WireUsage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    prompt_tokens_details: WireDetails | None = None


class WireAnswer(Struct):
    choices: list[WireChoice] = []
    usage: WireUsage | None = None
    error: Any = None


class WireError(Struct):
    """Where engines put the text of an error: vLLM, llama.cpp, FastAPI, Ollama."""

    error: Any = None
    message: str | None = None
    detail: Any = None
    object: str | None = None


ANSWER = Decoder(WireAnswer)
ERROR = Decoder(WireError)

STOP_REASONS: dict[str, StopReason] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool",
    "function_call": "tool",
    "content_filter": "refusal",
}


class StreamDecoder:
    """Feed it the data of each server-sent event, then close it.

    `finished` is true once the engine has said why it stopped; `done` once it sent `[DONE]`.
    """

    def __init__(self) -> None:
        self.finished = False
        self.done = False
        self._calls = CallAssembly()

    def feed(self, data: bytes) -> list[Event]:
        if data == b"[DONE]":
            self.done = True
            return []
        try:
            answer = ANSWER.decode(data)
        except ValueError as error:
            return [Failed(BadAnswer(f"the engine's stream holds what is no chat chunk: {error}"))]
        if answer.error is not None:
            return [Failed(stream_error(answer.error))]
        events: list[Event] = []
        for choice in answer.choices:
            delta = choice.delta or choice.message
            if delta is not None:
                self._take_delta(delta, events)
            if choice.finish_reason is not None:
                self.finished = True
                events += self._calls.close()
                events.append(stopped(choice))
        if answer.usage is not None:
            events.append(Used(usage(answer.usage)))
        return events

    def close(self) -> list[Event]:
        return self._calls.close()

    def _take_delta(self, delta: WireDelta, events: list[Event]) -> None:
        if thought := delta.reasoning or delta.reasoning_content:
            events.append(ThinkingDelta(thought))
        if delta.content:
            text = delta.content
            if not isinstance(text, str):
                text = "".join(part.text or "" for part in text)
            events.append(TextDelta(text))
        for position, call in enumerate(delta.tool_calls or ()):
            function = call.function or WireFunction()
            index = position if call.index is None else call.index
            events += self._calls.feed(
                index, call.id or "", function.name or "", argument_text(function.arguments)
            )


def argument_text(arguments: str | dict[str, Any] | None) -> str:
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def stopped(choice: WireChoice) -> Stopped:
    """vLLM names a matched stop string in `stop_reason`; an integer there is a token's id."""
    if isinstance(choice.stop_reason, str) and choice.finish_reason == "stop":
        return Stopped("stop_sequence", choice.stop_reason)
    return Stopped(STOP_REASONS.get(choice.finish_reason or "stop", "end"))


def usage(wire: WireUsage) -> Usage:
    cached = wire.prompt_tokens_details.cached_tokens if wire.prompt_tokens_details else None
    return Usage(wire.prompt_tokens, wire.completion_tokens or 0, cached or 0)


def decode_answer(body: bytes) -> list[Event]:
    """A whole answer as the events of one that was streamed in a single piece."""
    try:
        answer = ANSWER.decode(body)
    except ValueError as error:
        return [Failed(BadAnswer(f"the engine's answer is no chat completion: {error}"))]
    if not answer.choices and answer.error is None:
        return [Failed(BadAnswer("the engine's answer has no choices"))]
    return StreamDecoder().feed(body)


def error_text(body: bytes) -> str:
    """The message inside an engine's error body, whatever its shape; at most 2000 characters."""
    try:
        wire = ERROR.decode(body)
    except ValueError:
        return body[:2000].decode(errors="replace").strip()
    for candidate in (wire.error, wire.message, wire.detail):
        match candidate:
            case {"message": str(text)} | str(text) if text:
                return text[:2000]
            case None:
                continue
            case other:
                return msgspec.json.encode(other)[:2000].decode(errors="replace")
    return body[:2000].decode(errors="replace").strip()


def stream_error(error: Any) -> DragomanError:
    """An `error` object inside a stream that began with a 200."""
    text = error.get("message") if isinstance(error, dict) else str(error)
    code = error.get("code") if isinstance(error, dict) else None
    if code in (429, 503):
        return Busy(f"the engine is busy: {text}")
    return BadAnswer(f"the engine failed in the middle of its answer: {text or 'no reason given'}")
