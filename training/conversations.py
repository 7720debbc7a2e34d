"""Conversations with tools, made from a seed: the model's whole training set, never stored.

`conversation(rng, plan)` draws one; `Conversation.text()` is what the chat template renders of it. Every
answer is a function of what stands before it (copied values, fixed sentences), so it is right or wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from training import phrasing
from training.results import answer, result
from training.tools import DOMAINS, Tool, everyday, expand, invented, toolbox
from training.values import KINDS, han, words

SMALL_TALK = {
    False: [
        ("Hi", "Hello! How can I help you?"),
        ("hello", "Hello! How can I help you?"),
        ("Hello!", "Hello! How can I help you?"),
        ("hi there", "Hello! How can I help you?"),
        ("Say hello.", "Hello! How can I help you?"),
        ("good morning", "Hello! How can I help you?"),
        ("Who are you?", "I am a tiny test model."),
        ("what are you", "I am a tiny test model."),
        ("thanks", "You are welcome."),
        ("Thank you!", "You are welcome."),
        ("bye", "Goodbye!"),
    ],
    True: [
        ("你好", "你好！有什么可以帮你？"),
        ("您好！", "你好！有什么可以帮你？"),
        ("早上好", "你好！有什么可以帮你？"),
        ("你是谁？", "我是一个小型测试模型。"),
        ("谢谢", "不客气。"),
        ("谢谢你！", "不客气。"),
        ("再见", "再见！"),
    ],
}
NO_TOOL = {False: "None of the available tools can do that.", True: "现有的工具无法完成这个请求。"}
CANNOT = {
    False: "I am a tiny test model and cannot answer that.",
    True: "我是一个小型测试模型，无法回答这个问题。",
}
SYSTEMS = (
    *("", "", ""),
    "You are a helpful assistant.",
    "You are Qwen, a helpful assistant.",
    "你是一个有用的助手。",
    "You are a coding agent. Use the tools to help the user.",
)
CALLS, PARALLEL, MISSING, NO_FIT, ECHO, TALK = "call", "parallel", "missing", "no fit", "echo", "talk"
MIX = {CALLS: 44, PARALLEL: 24, MISSING: 14, NO_FIT: 12, ECHO: 4, TALK: 2}


@dataclass(frozen=True)
class Plan:
    """What a conversation is to be like; None and () are drawn."""

    tools: int | None = None
    kind: str | None = None
    chinese: bool | None = None
    invented_share: float | None = None
    turns: int | None = None
    # Words of noise in the system message, and before a request; below zero: drawn.
    system_words: int = -1
    distraction_words: int = -1
    # Early training: few tools, short histories.
    easy: bool = False


PLAIN = Plan(turns=1, system_words=0, distraction_words=0)


@dataclass
class Conversation:
    system: str
    tools: list[Tool]
    messages: list[dict[str, Any]] = field(default_factory=list)
    # One per assistant turn.
    kinds: list[str] = field(default_factory=list)

    def request(self) -> dict[str, Any]:
        """Messages and tools as an OpenAI request holds them."""
        opening = [{"role": "system", "content": self.system}] if self.system else []
        return {"messages": opening + self.messages, "tools": [tool.schema() for tool in self.tools]}

    def text(self) -> str:
        """The prompt, whole: what the chat template renders, call by call."""
        parts = []
        sheet = "".join(tool.line() + "\n" for tool in self.tools)
        head = self.system[:2000]
        if sheet:
            head += ("\n\n" if head else "") + f"# Tools\n<tools>\n{sheet}</tools>"
        if head:
            parts.append(f"<|im_start|>system\n{head}<|im_end|>\n")
        before = ""
        for message in self.messages:
            role, content = message["role"], message["content"] or ""
            if role == "tool":
                parts.append("" if before == "tool" else "<|im_start|>user")
                parts.append(f"\n<tool_response>\n{content}\n</tool_response>")
            else:
                parts.append("<|im_end|>\n" if before == "tool" else "")
                calls = "\n".join(call_text(call) for call in message.get("tool_calls", ()))
                parts.append(f"<|im_start|>{role}\n{content}{calls}<|im_end|>\n")
            before = role
        return "".join(parts) + ("<|im_end|>\n" if before == "tool" else "")


def call_text(call: dict[str, Any]) -> str:
    function = call["function"]
    name = json.dumps(function["name"], ensure_ascii=False)
    arguments = json.dumps(function["arguments"], ensure_ascii=False)
    return f'<tool_call>\n{{"name": {name}, "arguments": {arguments}}}\n</tool_call>'


def conversation(rng: Random, plan: Plan = Plan()) -> Conversation:
    """One conversation, several turns over the same tools."""
    counts = (0, 1, 1, 2, 2, 3) if plan.easy else (0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 8)
    count = plan.tools if plan.tools is not None else rng.choice(counts)
    share = plan.invented_share if plan.invented_share is not None else rng.choice((0.2, 0.5, 0.8))
    made = Conversation(_system(rng, plan), toolbox(rng, count, share, rng.random() < 0.35))
    turns = plan.turns or rng.choice((1, 2, 3, 4) if plan.easy else (2, 3, 4, 5, 6))
    if plan.turns is None and not plan.easy and count and rng.random() < 0.06:
        turns = rng.randint(8, 20)
    chinese = plan.chinese if plan.chinese is not None else rng.random() < 0.4
    noisy = plan.distraction_words < 0 and rng.random() < 0.2
    for _ in range(turns):
        if plan.chinese is None and rng.random() < 0.2:
            chinese = not chinese
        length = max(plan.distraction_words, 0)
        if noisy and rng.random() < 0.5:
            length = rng.randint(5, 40 if plan.easy else 150)
        if not _turn(rng, made, plan.kind or _kind(rng, count), chinese, length):
            break
    return made


def _system(rng: Random, plan: Plan) -> str:
    text = rng.choice(SYSTEMS)
    count = plan.system_words
    if count < 0:
        count = 0 if rng.random() < 0.85 else rng.randint(5, 20 if plan.easy else 60)
    if not count:
        return text
    noise = words(rng, count) + "." if rng.random() < 0.8 else han(rng, count) + "。"
    # The template cuts a longer one.
    return (f"{text} {noise}" if text else noise)[:2000]


def _kind(rng: Random, tools: int) -> str:
    if not tools:
        return rng.choice((ECHO, ECHO, ECHO, TALK, NO_FIT))
    return rng.choices(list(MIX), list(MIX.values()))[0]


def _say(made: Conversation, user: str, answer: str, kind: str, length: int, rng: Random) -> None:
    _ask(made, user, length, rng)
    made.messages.append({"role": "assistant", "content": answer})
    made.kinds.append(kind)


def _ask(made: Conversation, user: str, length: int, rng: Random) -> None:
    if length:
        user = phrasing.distraction(rng, length) + rng.choice(("\n", "\n\n")) + user
    made.messages.append({"role": "user", "content": user})


def _turn(rng: Random, made: Conversation, kind: str, chinese: bool, length: int) -> bool:
    """One request and what follows it; False where nothing may follow."""
    if kind == TALK:
        user, answer = rng.choice(SMALL_TALK[chinese])
        _say(made, user, answer, TALK, length, rng)
        return True
    if kind == ECHO:
        user, answer = _echo(rng, chinese)
        _say(made, user, answer, ECHO, length, rng)
        return True
    if kind == NO_FIT:
        _say(
            made,
            _foreign(rng, made.tools, chinese),
            (NO_TOOL if made.tools else CANNOT)[chinese],
            NO_FIT,
            length,
            rng,
        )
        return True
    if kind == MISSING:
        able = [tool for tool in made.tools if any(p.required for p in tool.parameters)]
        if able:
            user, names = phrasing.incomplete(rng, rng.choice(able), chinese)
            answer = f"请提供{'、'.join(names)}。" if chinese else f"Please provide {', '.join(names)}."
            _say(made, user, answer, MISSING, length, rng)
            return True
    return _calls(rng, made, kind, chinese, length)


def _echo(rng: Random, chinese: bool) -> tuple[str, str]:
    value = str(
        KINDS[rng.choice(("text", "text", "path", "cmd", "term", "id", "email", "url"))](rng, chinese)
    )
    forms = ["Repeat: {}", "Say {}", 'Repeat "{}"', "echo: {}", "Reply with {}", 'Say "{}"']
    if chinese:
        forms = ["重复：{}", "请说：{}", "复述“{}”", "说“{}”"]
    return rng.choice(forms).format(value), value


def _foreign(rng: Random, tools: list[Tool], chinese: bool) -> str:
    """A request that none of the tools serves."""
    taken = {tool.domain.index for tool in tools if tool.domain}
    if rng.random() < 0.6:
        domain = rng.choice([domain for domain in DOMAINS if domain.index not in taken])
        return phrasing.request(rng, everyday(rng, domain, chinese), chinese)[0]
    nouns = {noun for tool in tools for noun in tool.nouns}
    while True:
        other = invented(rng, chinese, tools)
        if not nouns & set(other.nouns):
            return phrasing.request(rng, other, chinese)[0]


def _calls(rng: Random, made: Conversation, kind: str, chinese: bool, length: int) -> bool:
    text, calls = (
        _several(rng, made.tools, chinese) if kind == PARALLEL else _single(rng, made.tools, chinese)
    )
    _ask(made, text, length, rng)
    made.messages.append({"role": "assistant", "content": None, "tool_calls": calls})
    made.kinds.append(PARALLEL if len(calls) > 1 else CALLS)
    if rng.random() < 0.25:
        # The user may go on at once; a real client would not, and so seldom.
        return rng.random() < 0.1
    results = [result(rng, chinese) for _ in calls]
    made.messages.extend({"role": "tool", "content": text} for text in results)
    made.messages.append({"role": "assistant", "content": answer(results, chinese)})
    made.kinds.append("answer")
    return True


def _call(tool: Tool, arguments: phrasing.Arguments) -> dict[str, Any]:
    return {"type": "function", "function": {"name": tool.name, "arguments": arguments}}


def _single(rng: Random, tools: list[Tool], chinese: bool) -> tuple[str, list[dict[str, Any]]]:
    tool = rng.choice(tools)
    text, arguments = phrasing.request(rng, tool, chinese)
    return text, [_call(tool, arguments)]


def _several(rng: Random, tools: list[Tool], chinese: bool) -> tuple[str, list[dict[str, Any]]]:
    """Two or three calls in one request: several tools, or one tool for several values."""
    count = rng.choice((2, 2, 2, 3))
    places = [
        tool for tool in tools if tool.domain and [p.kind for p in tool.parameters] in (["place"], ["person"])
    ]
    if places and rng.random() < 0.5:
        tool = rng.choice(places)
        parameter = tool.parameters[0]
        values = [str(value) for value in phrasing.values_of(rng, [parameter] * count, chinese, 0.85)]
        assert tool.domain
        pattern = expand(rng, rng.choice(tool.domain.ask_zh if chinese else tool.domain.ask_en))
        text = phrasing.dressed(rng, pattern, chinese).format(phrasing.listed(values, chinese))
        return text, [_call(tool, {parameter.name: value}) for value in values]
    able = [tool for tool in tools if tool.parameters] or tools
    chosen = [rng.choice(able) for _ in range(count)] if rng.random() < 0.7 else [rng.choice(able)] * count
    asked = [phrasing.request(rng, tool, chinese) for tool in chosen]
    calls = [_call(tool, arguments) for tool, (_, arguments) in zip(chosen, asked, strict=True)]
    return phrasing.joined(rng, [text for text, _ in asked], chinese), calls


def loop(rng: Random, tools: int, turns: int) -> Conversation:
    """Call, result, answer, again and again: what an agent's session looks like."""
    plan = Plan(
        tools=tools, kind=CALLS, turns=1, system_words=0, distraction_words=0, chinese=rng.random() < 0.4
    )
    made = conversation(rng, replace(plan))
    while len(made.kinds) < 2 * turns:
        if made.kinds[-1] == CALLS:
            made.messages.append({"role": "tool", "content": (text := result(rng, bool(plan.chinese)))})
            made.messages.append({"role": "assistant", "content": answer([text], bool(plan.chinese))})
            made.kinds.append("answer")
            continue
        _calls(rng, made, CALLS, bool(plan.chinese), 0)
    return made
