"""An engine that does all that the checks ask of a model and an engine: the endpoint that is well.

    with ScriptedEngine() as engine:
        Behaving(engine)

A word of the prompt is a token. What it says is read out of the question, as a good model would.
"""

import json
import re
from typing import Any

from tests.scripted_engine import (
    CHAT,
    DONE,
    SSE,
    TOKENIZE,
    Answer,
    Asked,
    Pause,
    ScriptedEngine,
    Step,
    call_piece,
    chunk,
    event,
    refuses,
    whole,
)

WINDOW = 32768
COUNTED = "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen"
TRIP: dict[str, Any] = {
    "first": {"city": "Paris", "nights": 2, "breakfast": True},
    "others": [{"city": "Rome", "nights": 3, "breakfast": False}],
    "by": "train",
}
LASTS = 200
"""Pieces of an answer that has no end, 10 ms apart."""


class Behaving:
    """Answers an engine's routes; `prompts` are those that it has seen, `hits` the tokens it had of them,
    unless it has no cache."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self.engine = engine
        self.prompts: set[str] = set()
        self.hits = self.stuck = 0
        self.caches = True
        self.stuck_by_chats = False
        engine.always(self.chat, CHAT)
        engine.always(self.tokenize, TOKENIZE)
        engine.always(self.metrics, "/metrics")

    def tokenize(self, asked: Asked) -> Answer:
        count = tokens(asked.body)
        return whole({"count": count, "max_model_len": WINDOW, "tokens": [1] * count})

    def metrics(self, _asked: Asked) -> Answer:
        """Without the request that asks; `stuck` are requests that never end."""
        lines = (
            f'vllm:num_requests_running{{model_name="m"}} {self.engine.busy - 1 + self.stuck}.0\n'
            f'vllm:prefix_cache_hits_total{{model_name="m"}} {self.hits}.0\n'
        )
        return Answer((lines.encode(),), headers={"content-type": "text/plain"})

    def chat(self, asked: Asked) -> Answer:
        body = asked.body
        count = tokens(body)
        if count > WINDOW:
            return refuses(
                400,
                f"This model's maximum context length is {WINDOW} tokens. However, your prompt contains at "
                f"least {WINDOW + 1} input tokens, which exceeds this limit even without any output tokens.",
            )
        cached = self._cached(body, count)
        if "two thousand" in last_text(body):
            self.stuck += self.stuck_by_chats
            return endless()
        return answer(body, count, cached)

    def _cached(self, body: dict[str, Any], count: int) -> int:
        prompt = prompt_of(body)
        cached = count - 1 if self.caches and prompt in self.prompts else 0
        self.prompts.add(prompt)
        self.hits += cached
        return cached


def prompt_of(body: dict[str, Any]) -> str:
    return json.dumps([body.get("messages"), body.get("tools")], ensure_ascii=False)


def tokens(body: dict[str, Any]) -> int:
    return len(re.findall(r"\w+", prompt_of(body)))


def last_text(body: dict[str, Any]) -> str:
    content = body["messages"][-1].get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def calls(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What a good model would call."""
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or ()}
    choice = body.get("tool_choice")
    if not tools or choice == "none" or body["messages"][-1]["role"] == "tool":
        return []
    text = last_text(body)
    forced = choice["function"]["name"] if isinstance(choice, dict) else next(iter(tools))
    if forced == "plan_trip":
        return [(forced, TRIP)]
    if forced == "write_file":
        found = re.search("<<<(.*)>>>", text, re.DOTALL)
        return [(forced, {"path": "a.txt", "content": found[1] if found else ""})]
    argument = next(iter(tools[forced]["parameters"]["properties"]))
    cities = [city for city in ("Paris", "Rome", "杭州") if city in text]
    if not cities and choice in (None, "auto"):
        return []
    allowed = tools[forced]["parameters"]["properties"][argument].get("enum", ["Paris"])
    made = [(forced, {argument: city}) for city in cities or allowed[:1]]
    return made[:1] if body.get("parallel_tool_calls") is False else made


def words(body: dict[str, Any]) -> str:
    text = last_text(body)
    if found := re.search(r"say nothing else:\n(.*)", text):
        return found[1]
    if body["messages"][-1]["role"] == "tool":
        return "It is 17 degrees in Paris and 31 in Rome."
    return COUNTED if "Count from one" in text or "Tell me" in text else "Hello there."


def answer(body: dict[str, Any], count: int, cached: int) -> Answer:
    """Words or calls, cut as `stop` and `max_tokens` say."""
    made, text, stop, finish = calls(body), words(body), None, "stop"
    if made:
        text, finish = "", "tool_calls"
    ends = [(at, end) for end in body.get("stop") or () if (at := text.find(end)) >= 0]
    if ends:
        at, stop = min(ends)
        text = text[:at]
    pieces = re.findall(r"\s*\S+", text)
    if len(pieces) > (most := body.get("max_tokens") or 1000):
        pieces, finish, stop = pieces[:most], "length", None
    thinks = "Let me see." if "Think first" in last_text(body) and not off(body) else ""
    made_tokens = max(len(pieces), 1) if not made else 20
    if made and (body.get("max_tokens") or 1000) < made_tokens:
        made, made_tokens, finish = [], body["max_tokens"], "length"
    usage = {
        "prompt_tokens": count,
        "completion_tokens": made_tokens,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    listed = [(name, json.dumps(given, ensure_ascii=False)) for name, given in made]
    if body.get("stream"):
        return streamed(thinks, pieces, listed, (finish, stop), usage)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(pieces) or None}
    if thinks:
        message["reasoning"] = thinks
    if listed:
        message["tool_calls"] = [
            {"id": f"chatcmpl-tool-{at}", "type": "function", "function": {"name": name, "arguments": raw}}
            for at, (name, raw) in enumerate(listed)
        ]
    choice = {"index": 0, "message": message, "finish_reason": finish, "stop_reason": stop}
    return whole({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": usage})


def off(body: dict[str, Any]) -> bool:
    """Whether thinking is forbidden, in one of the ways in which a gateway says so."""
    switches = body.get("chat_template_kwargs") or {}
    return body.get("reasoning_effort") == "none" or switches.get("enable_thinking") is False


def streamed(
    thinks: str,
    pieces: list[str],
    listed: list[tuple[str, str]],
    end: tuple[str, str | None],
    usage: dict[str, Any],
) -> Answer:
    steps: list[Step] = [chunk(role="assistant", content="")]
    steps += [chunk(reasoning=thinks)] if thinks else []
    steps += [chunk(content=piece) for piece in pieces]
    for index, (name, raw) in enumerate(listed):
        steps.append(call_piece(index, name=name, id=f"chatcmpl-tool-{index}"))
        steps += [call_piece(index, raw[at : at + 40]) for at in range(0, len(raw), 40)]
    steps += [
        chunk(finish=end[0], stop=end[1]),
        event({"id": "chatcmpl-1", "choices": [], "usage": usage}),
        DONE,
    ]
    return Answer(tuple(steps), headers=dict(SSE))


def endless() -> Answer:
    """Longer than anybody waits."""
    steps: list[Step] = [chunk(role="assistant", content="")]
    for number in range(LASTS):
        steps += [chunk(content=f"{number}\n"), Pause(0.01)]
    return Answer((*steps, chunk(finish="stop"), DONE), headers=dict(SSE))
