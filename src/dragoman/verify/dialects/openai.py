"""OpenAI's Chat Completions from a client's side: what the SDK sends, and what it can read."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.verify.dialects import Call, Message, Question, Reply, Usage, number, short
from dragoman.verify.frames import Frame
from dragoman.verify.outcome import Failed

NAME = "openai"
TITLE = "OpenAI"
PATH = "/v1/chat/completions"
STOPS = {"stop": "end", "length": "length", "tool_calls": "tool"}


def headers(key: str) -> dict[str, str]:
    bearer = {"authorization": f"Bearer {key}"} if key else {}
    return {"content-type": "application/json", **bearer}


def body(question: Question, model: str) -> dict[str, Any]:
    system = [{"role": "system", "content": question.system}] if question.system else []
    sent: dict[str, Any] = {
        "model": model,
        "max_tokens": question.max_tokens,
        "messages": [*system, *(part for said in question.messages for part in messages(said))],
        "temperature": 0,
    }
    if question.tools:
        sent["tools"] = [
            function(tool.name, tool.description, tool.schema, tool.strict) for tool in question.tools
        ]
    match question.choice:
        case "":
            pass
        case "any":
            sent["tool_choice"] = "required"
        case "none":
            sent["tool_choice"] = "none"
        case named:
            sent["tool_choice"] = {"type": "function", "function": {"name": named.removeprefix("=")}}
    if question.single:
        sent["parallel_tool_calls"] = False
    if question.stop:
        sent["stop"] = list(question.stop)
    if question.thinking is not None:
        sent["reasoning_effort"] = "low" if question.thinking else "none"
    if question.stream:
        sent |= {"stream": True, "stream_options": {"include_usage": True}}
    return sent | question.extra


def function(name: str, description: str, schema: dict[str, Any], strict: bool) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": described | ({"strict": True} if strict else {})}


def messages(said: Message) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": id, "content": text} for id, text in said.results
    ]
    if not (said.text or said.calls):
        return results
    message: dict[str, Any] = {"role": said.role, "content": said.text or None}
    if said.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}}
            for call in said.calls
        ]
    return [*results, message]


def whole(value: Any) -> Reply:
    """A reply that was not streamed. Raises Failed where it is none."""
    match value:
        case {"choices": [{"message": dict(message), **choice}, *_], **rest}:
            reply = Reply(id=str(rest.get("id") or ""))
        case _:
            raise Failed(f"the answer is no chat completion: {short(msgspec.json.encode(value).decode())}")
    if rest.get("object") != "chat.completion":
        reply.breach("`object` is not 'chat.completion'")
    reply.text = words(message.get("content"))
    reply.thinking = words(message.get("reasoning_content")) or words(message.get("reasoning"))
    for call in message.get("tool_calls") or ():
        match call:
            case {"id": str(id), "function": {"name": str(name), "arguments": str(raw)}}:
                reply.calls.append(Call(id, name, raw))
            case _:
                reply.breach(f"a tool call without id, name or arguments as text: {short(str(call), 60)}")
    stopped(reply, choice)
    reply.usage = usage(rest.get("usage"))
    return reply


def words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def stopped(reply: Reply, choice: Mapping[Any, Any]) -> None:
    """Servers of this protocol say `stop` for a stop sequence too; vLLM says which one beside it."""
    reason = choice.get("finish_reason")
    if isinstance(reason, str):
        reply.stop = STOPS.get(reason, reason)
        reply.stop_text = words(choice.get("stop_reason"))


def usage(told: Any) -> Usage:
    if not isinstance(told, dict):
        return Usage()
    details = told.get("prompt_tokens_details")
    cached = number(details.get("cached_tokens")) if isinstance(details, dict) else None
    return Usage(number(told.get("prompt_tokens")), number(told.get("completion_tokens")), cached)


class Stream:
    """A streamed chat completion, chunk by chunk."""

    def __init__(self) -> None:
        self.reply = Reply()
        self._calls: dict[int, dict[str, str]] = {}
        self._done = False

    def feed(self, frame: Frame) -> bool:
        if not frame.data:
            return False
        if self._done:
            self.reply.breach("something after [DONE]")
        if frame.text.strip() == "[DONE]":
            self._done = True
            return False
        try:
            chunk = msgspec.json.decode(frame.text)
        except msgspec.DecodeError:
            self.reply.breach(f"a chunk that is no JSON: {short(frame.text, 60)}")
            return False
        if not isinstance(chunk, dict):
            self.reply.breach(f"a chunk that is no object: {short(frame.text, 60)}")
            return False
        if error := chunk.get("error"):
            said = error.get("message") if isinstance(error, dict) else error
            raise Failed(f"the stream breaks off with an error: {short(str(said))}")
        return self._chunk(chunk)

    def written(self) -> str:
        return self._calls[max(self._calls)]["raw"] if self._calls else ""

    def close(self) -> Reply:
        if not self._done:
            self.reply.breach("the stream ends without [DONE]")
        if not self.reply.stop:
            self.reply.breach("no finish_reason")
        for index in sorted(self._calls):
            call = self._calls[index]
            if not call["id"] or not call["name"]:
                self.reply.breach("a tool call without an id or a name")
            self.reply.calls.append(Call(call["id"], call["name"], call["raw"]))
        self._calls.clear()
        return self.reply

    def _chunk(self, chunk: dict[str, Any]) -> bool:
        self.reply.id = self.reply.id or words(chunk.get("id"))
        if chunk.get("object") != "chat.completion.chunk":
            self.reply.breach("chunks whose `object` is not 'chat.completion.chunk'")
        if isinstance(chunk.get("usage"), dict):
            self.reply.usage = usage(chunk["usage"])
        brought = False
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict):
                self.reply.breach("a choice that is no object")
                continue
            delta = choice.get("delta")
            brought |= self._delta(delta if isinstance(delta, dict) else {})
            stopped(self.reply, choice)
        return brought

    def _delta(self, delta: dict[str, Any]) -> bool:
        if self.reply.stop and (delta.get("content") or delta.get("tool_calls")):
            self.reply.breach("content after finish_reason")
        text = words(delta.get("content"))
        thinking = words(delta.get("reasoning_content")) or words(delta.get("reasoning"))
        self.reply.text += text
        self.reply.thinking += thinking
        brought = bool(text or thinking)
        calls = delta.get("tool_calls")
        for piece in calls if isinstance(calls, list) else ():
            brought |= self._piece(piece)
        return brought

    def _piece(self, piece: Any) -> bool:
        match piece:
            case {"index": int(index), "function": dict(given)}:
                call = self._calls.setdefault(index, {"id": "", "name": "", "raw": ""})
            case _:
                self.reply.breach(f"a piece of a call without an index: {short(str(piece), 60)}")
                return False
        call["id"] = call["id"] or words(piece.get("id"))
        call["name"] = call["name"] or words(given.get("name"))
        call["raw"] += words(given.get("arguments"))
        return True
