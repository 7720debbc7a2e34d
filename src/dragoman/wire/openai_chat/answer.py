"""An engine's answer to `/v1/chat/completions`, streamed or whole, as events.

The dialects of vLLM, SGLang, llama.cpp and others: reasoning as `reasoning` or
`reasoning_content`, arguments as text or object, usage in any chunk, errors inside a 200.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.errors import BadAnswer, Busy, DragomanError
from dragoman.model.events import Event, Failed, Stopped, StopReason, TextDelta, ThinkingDelta, Usage, Used
from dragoman.wire.fields import decode
from dragoman.wire.openai_chat.calls import CallAssembly


class WireFunction(Struct):
    name: str | None = None
    arguments: str | dict[str, Raw] | None = None


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
    text: str | None = None
    """What `/v1/completions` gives instead of a message."""
    delta: WireDelta | None = None
    message: WireDelta | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None


class WireDetails(Struct):
    cached_tokens: int | None = None


class WireUsage(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: WireDetails | None = None


class WireAnswer(Struct):
    choices: list[WireChoice] = []
    usage: WireUsage | None = None
    error: Any = None
    object: str | None = None
    message: str | None = None
    code: Any = None


class WireError(Struct):
    """Where engines put the text of an error: vLLM, llama.cpp, FastAPI, Ollama."""

    error: Any = None
    message: str | None = None
    detail: Any = None
    object: str | None = None


ANSWER = Decoder(WireAnswer)
ERROR = Decoder(WireError)

MARKUP = re.compile(r"<(?:style|script|title)\b.*?</\w+>|<!?/?[a-zA-Z][^<>]*>", re.DOTALL | re.IGNORECASE)

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
        self._held: list[Event] = []

    def feed(self, data: bytes) -> list[Event]:
        if data == b"[DONE]":
            self.done = True
            return []
        try:
            answer = decode(ANSWER, data)
        except (ValueError, RecursionError) as error:
            if not data.strip():
                return []
            return [Failed(BadAnswer(f"the engine's stream holds what is no chat chunk: {error}"))]
        return self.take(answer)

    def take(self, answer: WireAnswer) -> list[Event]:
        """The events of one chunk, or of a whole answer."""
        if answer.error is not None or answer.object == "error":
            return [Failed(failure_in(answer))]
        events: list[Event] = []
        for choice in answer.choices:
            delta = choice.delta or choice.message
            if delta is not None:
                self._take_delta(delta, events)
            elif choice.text:
                events.append(TextDelta(choice.text))
            if choice.finish_reason:
                self.finished = True
                events += self._end(cut=choice.finish_reason == "length")
                events.append(stopped(choice))
        if answer.usage is not None:
            events.append(Used(usage(answer.usage)))
        return events

    def close(self) -> list[Event]:
        """The end of the stream. If the engine has not said why it stopped, a call may be cut."""
        return self._end(cut=True)

    def _take_delta(self, delta: WireDelta, events: list[Event]) -> None:
        """Text that comes while a call is open waits for the call's end."""
        said = self._held if self._calls.open else events
        if thought := delta.reasoning or delta.reasoning_content:
            said.append(ThinkingDelta(thought))
        content = delta.content
        if text := parts_text(content) if isinstance(content, list) else content:
            said.append(TextDelta(text))
        if delta.tool_calls:
            self._take_calls(delta.tool_calls, events)

    def _take_calls(self, calls: Sequence[WireCall], events: list[Event]) -> None:
        for position, call in enumerate(calls):
            function, id = call.function or WireFunction(), call.id or ""
            index = self._calls.index_for(position, id) if call.index is None else call.index
            events += self._calls.feed(index, id, function.name or "", argument_text(function.arguments))
        if not self._calls.open:
            events += self._release()

    def _end(self, cut: bool) -> list[Event]:
        return [*self._calls.close(cut=cut), *self._release()]

    def _release(self) -> list[Event]:
        released, self._held = self._held, []
        return released


def parts_text(parts: Sequence[WirePart]) -> str:
    return "".join(part.text or "" for part in parts)


def argument_text(arguments: str | dict[str, Raw] | None) -> str:
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
    return Usage(wire.prompt_tokens or 0, wire.completion_tokens or 0, cached or 0)


def decode_answer(body: bytes) -> list[Event]:
    """A whole answer as the events of one that was streamed in a single piece."""
    try:
        answer = decode(ANSWER, body)
    except (ValueError, RecursionError) as error:
        return [Failed(BadAnswer(f"the engine's answer is no chat completion: {error}"))]
    decoder = StreamDecoder()
    events = [*decoder.take(answer), *decoder.close()]
    if not answer.choices and not any(isinstance(event, Failed) for event in events):
        return [Failed(BadAnswer("the engine's answer has no choices"))]
    return events


def error_text(body: bytes) -> str:
    """The message inside an engine's error body, whatever its shape; at most 2000 characters."""
    try:
        wire = ERROR.decode(body)
    except (ValueError, RecursionError):
        return plain(body)
    for candidate in (wire.error, wire.message, wire.detail):
        match candidate:
            case {"message": str(text)} | str(text) if text:
                return text[:2000]
            case other if other:
                return plain(msgspec.json.encode(other))
    return plain(body)


def plain(body: bytes) -> str:
    """The words of a body, without the tags of a proxy's HTML page."""
    text = body[:20_000].decode(errors="replace").strip()
    if text.startswith("<"):
        text = " ".join(MARKUP.sub(" ", text).split())
    return text[:2000]


def failure_in(answer: WireAnswer) -> DragomanError:
    """The error that came in the place of an answer; older vLLM sends it without an `error` around."""
    if answer.object == "error":
        return stream_error({"message": answer.message, "code": answer.code})
    return stream_error(answer.error)


def stream_error(error: Any) -> DragomanError:
    """An `error` object inside a stream that began with a 200."""
    text = error.get("message") if isinstance(error, dict) else str(error)
    code = error.get("code") if isinstance(error, dict) else None
    if code in (429, 503):
        return Busy(f"the engine is busy: {text}")
    return BadAnswer(f"the engine failed in the middle of its answer: {text or 'no reason given'}")
