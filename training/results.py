"""What tools give back, and the answer that a result asks for."""

from __future__ import annotations

import json
from random import Random

from training.values import KINDS, words

ERRORS = ("Error: ", "error: ", "错误：", "<tool_use_error>")
STATES = (
    "OK",
    "done",
    "true",
    "success",
    "成功",
    "[]",
    "null",
    "完成",
    "no output",
    "File created successfully",
)


def result(rng: Random, chinese: bool) -> str:
    """What a tool gives back: a state, JSON, an error, a line, several lines."""
    choice = rng.random()
    if choice < 0.15:
        return rng.choice((*STATES, str(KINDS["int"](rng, False)), str(KINDS["num"](rng, False))))
    if choice < 0.45:
        kinds = [rng.choice(("int", "num", "word", "term")) for _ in range(rng.choice((1, 2, 2, 3)))]
        fields = {words(rng, 1): KINDS[kind](rng, chinese and rng.random() < 0.5) for kind in kinds}
        return json.dumps(fields, ensure_ascii=False)
    if choice < 0.57:
        return rng.choice(ERRORS) + str(KINDS["text"](rng, chinese and rng.random() < 0.5))
    if choice < 0.72:
        unit = rng.choice(("°C", " km", "%", " USD", "元", " kg", "°C"))
        sky = rng.choice(("sunny", "cloudy", "rain", "晴", "多云", str(KINDS["term"](rng, chinese))))
        return sky + rng.choice((", ", "，", " ")) + str(KINDS["int"](rng, False)) + unit
    if choice < 0.85:
        return str(KINDS["text"](rng, chinese))
    lines = [str(KINDS[rng.choice(("path", "text", "word"))](rng, False)) for _ in range(rng.randint(2, 8))]
    if choice > 0.95:
        lines = [f"{number}\t{line}" for number, line in enumerate(lines, 1)]
    if choice > 0.98:
        lines.append("<system-reminder>\n" + words(rng, 12) + "\n</system-reminder>")
    return "\n".join(lines)


def answer(results: list[str], chinese: bool) -> str:
    """The answer quotes the first line of every result."""
    quoted = "; ".join(text.split("\n")[0] for text in results)
    if len(results) == 1:
        if results[0].startswith(ERRORS):
            return ("调用失败：" if chinese else "The call failed: ") + quoted
        return ("结果是：" if chinese else "The result is: ") + quoted
    return ("结果是：" if chinese else "The results are: ") + quoted
