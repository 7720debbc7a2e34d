"""How a user asks for a call of a tool: words and the arguments that they name.

Everyday tools are asked for with the phrases of domains.toml, invented ones by their name or by their words.
`held_out.toml` holds phrases for scoring only; nothing here reads it.
"""

from __future__ import annotations

import tomllib
from random import Random

from training.tools import Parameter, Tool, expand
from training.values import CHINESE_KINDS, FOLDER, KINDS, Value, han, words

Arguments = dict[str, Value]

MANNERS: dict[str, list[str]] = tomllib.loads((FOLDER / "manners.toml").read_text(encoding="utf-8"))


def dressed(rng: Random, text: str, chinese: bool) -> str:
    """The request with or without "please" and the like."""
    if chinese:
        question = text.endswith("？")
        # "帮我" before "我想" is no Chinese.
        if rng.random() < 0.35 and not text.startswith(("我", "帮", "请", "能", "想", "麻烦")):
            text = rng.choice(MANNERS["before_question_zh" if question else "before_order_zh"]) + text
        if question:
            return text[:-1] + rng.choice(("?", "")) if rng.random() < 0.15 else text
        return text + (rng.choice(MANNERS["after_zh"]) if rng.random() < 0.18 else rng.choice(("", "", "。")))
    order = text[0].islower()
    if rng.random() < 0.35:
        text = rng.choice(MANNERS["before_order"] if order else MANNERS["before_question"]) + text
    elif order and rng.random() < 0.6:
        text = text[0].upper() + text[1:]
    if text.endswith("?"):
        choice = rng.random()
        return text[:-1] if choice < 0.08 else text[0].lower() + text[1:] if choice < 0.2 else text
    return text + (rng.choice(MANNERS["after"]) if rng.random() < 0.18 else rng.choice(("", "", "", ".")))


def values_of(rng: Random, parameters: list[Parameter], chinese: bool, share: float) -> list[Value]:
    return [
        KINDS[p.kind](rng, chinese and p.kind in CHINESE_KINDS and rng.random() < share) for p in parameters
    ]


def request(rng: Random, tool: Tool, chinese: bool) -> tuple[str, Arguments]:
    """Words that ask for one call, and its arguments."""
    if tool.domain:
        values = values_of(rng, list(tool.parameters), chinese, 0.85)
        phrases = tool.domain.ask_zh if chinese else tool.domain.ask_en
        # Dressed before the values stand in it, so that none of them changes its first letter.
        text = dressed(rng, expand(rng, rng.choice(phrases)), chinese).format(*values)
        return text, {p.name: value for p, value in zip(tool.parameters, values, strict=True)}
    named = [p for p in tool.parameters if p.required or rng.random() < 0.5]
    values = values_of(rng, named, chinese, 0.7)
    arguments = {p.name: value for p, value in zip(named, values, strict=True)}
    text = (_invented_zh if chinese else _invented_en)(rng, tool, arguments)
    return dressed(rng, text, chinese), arguments


def _spoken(rng: Random, name: str) -> str:
    return name.replace("_", " ") if rng.random() < 0.3 else name


def _invented_en(rng: Random, tool: Tool, arguments: Arguments) -> str:
    form = rng.choice(
        (
            "{p} {v}",
            "{p}={v}",
            "{p}: {v}",
            "{p} is {v}",
            "{p} set to {v}",
            '{p} "{v}"',
            "{p} = {v}",
            "the {p} {v}",
            "{v} as {p}",
        )
    )
    listed = rng.choice((", ", " and ", ", ", "; ")).join(
        form.format(p=_spoken(rng, name), v=value) for name, value in arguments.items()
    )
    joint = rng.choice((" with ", " with ", ": ", ", ", " using ", " ", " where "))
    if len(arguments) == 1 and rng.random() < 0.35:
        quote = rng.choice(("", "", '"', "`"))
        listed = f"{quote}{next(iter(arguments.values()))}{quote}"
        joint = rng.choice((" for ", " ", " with ", " in ", " of ", ": ", " to ", " on "))
    noun = " ".join(tool.nouns)
    if rng.random() < 0.4:
        pattern = "[call|use|use the tool|run|invoke|call the function|make a call to|try the] {t}"
        if rng.random() < 0.2:
            pattern = "{t}"
    else:
        pattern = "{v} [the |a |my |this |]{n}"
        if rng.random() < 0.1:
            pattern = "[I need|do] a {n} {v}"
    head = expand(rng, pattern).format(t=tool.name, v=tool.verb[0], n=noun)
    return head + (joint + listed if listed else "")


def _invented_zh(rng: Random, tool: Tool, arguments: Arguments) -> str:
    form = rng.choice(
        ("{p}为{v}", "{p}是{v}", "{p}={v}", "{p}：{v}", "{p} {v}", "{p}设为{v}", "{p}“{v}”", "{p}用{v}")
    )
    listed = rng.choice(("，", "，", "、", " 和 ")).join(
        form.format(p=_spoken(rng, name), v=value) for name, value in arguments.items()
    )
    if len(arguments) == 1 and rng.random() < 0.35:
        listed = rng.choice(("{v}", "“{v}”", "参数{v}", "用{v}")).format(v=next(iter(arguments.values())))
    noun = " ".join(tool.nouns)
    if rng.random() < 0.4:
        pattern = "[调用|用|使用|使用工具|执行|运行][| ]{t}"
        if rng.random() < 0.15:
            pattern = "{t}一下"
    else:
        pattern = "{v}[|一下|这个]{n}"
    head = expand(rng, pattern).format(
        t=tool.name, v=tool.verb[1], n=noun if rng.random() < 0.8 else f" {noun} "
    )
    return head + (rng.choice(("，", "，", "：", "，参数", " ")) + listed if listed else "")


def joined(rng: Random, requests: list[str], chinese: bool) -> str:
    """Several requests in one breath."""
    if chinese:
        link = rng.choice(("，然后", "。还有，", "；", "\n", "，同时", "，并且", "，再"))
        return link.join(text.rstrip("。") for text in requests)
    link = rng.choice((", then ", ". Also ", "; ", "\n", " and then ", " and also ", ", and ", " and "))
    return link.join(text.rstrip(".") for text in requests)


def listed(values: list[str], chinese: bool) -> str:
    """Values as one phrase: "Paris, London and Rome"."""
    comma, last = ("、", "和") if chinese else (", ", " and ")
    return comma.join(values[:-1]) + last + values[-1]


def incomplete(rng: Random, tool: Tool, chinese: bool) -> tuple[str, list[str]]:
    """A request that leaves required arguments out, and the names of these."""
    needed = [p for p in tool.parameters if p.required]
    if tool.domain:
        bare = tool.domain.bare_zh if chinese else tool.domain.bare_en
        if rng.random() < 0.75 or len(needed) < 2:
            return dressed(rng, expand(rng, rng.choice(bare)), chinese), [p.name for p in needed]
        kept = rng.sample(needed, rng.randint(1, len(needed) - 1))
        values = values_of(rng, kept, chinese, 0.85)
        form = "{p}是{v}" if chinese else rng.choice(("{p} {v}", "{p} is {v}", "{p}: {v}"))
        given = ", ".join(form.format(p=p.name, v=value) for p, value in zip(kept, values, strict=True))
        text = (
            expand(rng, rng.choice(bare)).rstrip("？?")
            + ("，" if chinese else rng.choice((", ", " with ")))
            + given
        )
        return dressed(rng, text, chinese), [p.name for p in needed if p not in kept]
    kept = rng.sample(needed, rng.randint(0, len(needed) - 1)) if rng.random() < 0.4 else []
    values = values_of(rng, kept, chinese, 0.7)
    arguments = {p.name: value for p, value in zip(kept, values, strict=True)}
    # With a bare value nobody could tell which parameter it is for.
    write = _named_zh if chinese else _named_en
    return dressed(rng, write(rng, tool, arguments), chinese), [p.name for p in needed if p not in kept]


def _named_en(rng: Random, tool: Tool, arguments: Arguments) -> str:
    pattern = rng.choice(("[call|use|run|invoke] {t}", "{v} [the |a |]{n}"))
    head = expand(rng, pattern).format(t=tool.name, v=tool.verb[0], n=" ".join(tool.nouns))
    form = rng.choice(("{p} {v}", "{p}={v}", "{p}: {v}", "{p} is {v}"))
    given = ", ".join(form.format(p=name, v=value) for name, value in arguments.items())
    return head + (rng.choice((" with ", ", ", ": ")) + given if given else "")


def _named_zh(rng: Random, tool: Tool, arguments: Arguments) -> str:
    pattern = rng.choice(("[调用|用|使用]{t}", "{v}[|一下]{n}"))
    head = expand(rng, pattern).format(t=tool.name, v=tool.verb[1], n=" ".join(tool.nouns))
    form = rng.choice(("{p}为{v}", "{p}是{v}", "{p}={v}", "{p}：{v}"))
    given = "，".join(form.format(p=name, v=value) for name, value in arguments.items())
    return head + ("，" + given if given else "")


_TAGS = ("system-reminder", "context", "environment", "note", "skills", "system-reminder", "system-reminder")
_ADVICE = (
    "As you answer the user's questions, you can use the following context:",
    "IMPORTANT: this context may or may not be relevant to your tasks. You should not respond to this "
    "context unless it is highly relevant to your task.",
    "The following skills are available for use:",
    "This is a reminder that your list is empty. Do not mention this to the user.",
    "Available agent types and the tools they have access to:",
    "Called the tool with the following input. Result of calling the tool:",
    "Today's date is 2026-11-20.",
    "Note: the user opened a file. This may or may not be related to the current task.",
    "以下内容仅供参考，与任务无关时请忽略。",
)


def _filler_line(rng: Random) -> str:
    choice = rng.random()
    if choice < 0.25:
        return rng.choice(_ADVICE)
    if choice < 0.45:
        return f"- {words(rng, 1)}: {words(rng, rng.randint(3, 14))}"
    if choice < 0.55:
        return f"# {words(rng, rng.randint(1, 3))}"
    if choice < 0.65:
        return str(KINDS["path"](rng, False)) + rng.choice(("", ": " + words(rng, 3)))
    if choice < 0.75:
        return han(rng, rng.randint(8, 30)) + "。"
    if choice < 0.8:
        return f"{words(rng, 1)} = {KINDS[rng.choice(('int', 'id', 'date', 'word'))](rng, False)}"
    line = words(rng, rng.randint(6, 25))
    return line[0].upper() + line[1:] + "."


def distraction(rng: Random, length: int) -> str:
    """About `length` words of text that have nothing to do with the request, some of it in tags."""
    blocks, left = [], length
    while left > 0:
        lines = []
        for _ in range(rng.randint(1, 8)):
            lines.append(_filler_line(rng))
            left -= len(lines[-1]) // 5 + 1
            if left <= 0:
                break
        text = "\n".join(lines)
        tag = rng.choice(_TAGS)
        blocks.append(f"<{tag}>\n{text}\n</{tag}>" if rng.random() < 0.6 else text)
    return "\n".join(blocks)
