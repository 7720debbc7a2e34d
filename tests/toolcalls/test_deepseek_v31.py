"""The format `deepseek_v31`."""

import json
from typing import Any

from dragoman.toolcalls.deepseek_v31 import FORMAT
from tests.toolcalls.reading import Case, call, cut_anywhere, round_trip, table, text, thought

BEGIN, END = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"


def one(name: str, body: str) -> str:
    return f"<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{body}<｜tool▁call▁end｜>"


def render(name: str, arguments: dict[str, Any]) -> str:
    return BEGIN + one(name, json.dumps(arguments, ensure_ascii=False)) + END


PARIS = one("get_weather", '{"city": "Paris"}')
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": (f"Hi.{BEGIN}{PARIS}{END}", [text("Hi."), IN_PARIS]),
    "two calls with line ends": (
        f"{BEGIN}\n{PARIS}\n{PARIS}\n{END}<｜end▁of▁sentence｜>",
        [IN_PARIS, IN_PARIS],
    ),
    "plain bars and blanks": ((BEGIN + PARIS + END).replace("｜", "|").replace("▁", "_"), [IN_PARIS]),
    "the block's opener is missing": (PARIS + END, [IN_PARIS]),
    "the block's closer is missing": (BEGIN + PARIS, [IN_PARIS]),
    "the form of the other version": (
        BEGIN + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n"
        '{"city": "Paris"}<｜tool▁call▁end｜>',
        [IN_PARIS],
    ),
    "the separator is missing": (
        BEGIN + '<｜tool▁call▁begin｜>get_weather{"city": "Paris"}<｜tool▁call▁end｜>' + END,
        [IN_PARIS],
    ),
    "the call's own opener is missing": (
        (BEGIN + PARIS + END).replace("<｜tool▁call▁begin｜>", ""),
        [IN_PARIS],
    ),
    "the call's own opener is missing, and the tool is not on offer": (
        BEGIN + "other<｜tool▁sep｜>{}" + END,
        [text(BEGIN + "other<｜tool▁sep｜>{}" + END)],
    ),
    "a block without calls": (f"Hi.{BEGIN}\n{END}", [text("Hi.")]),
    "a block that is cut in a tag": (f"Hi.{BEGIN}<｜tool▁ca", [text("Hi.")], {"cut": True}),
    "a block that is cut in a name": (f"Hi.{BEGIN}<｜tool▁call▁begin｜>get_", [text("Hi.")], {"cut": True}),
    "thinking ends twice": ("<think>Hm.</think>\n</think>\nHi", [thought("Hm."), text("Hi")]),
    "a brace too few": (f"{BEGIN}{PARIS.replace('}', '')}{END}", [IN_PARIS]),
    "a bad call spares the next": (
        BEGIN + one("ping", "{bad json}") + PARIS + END,
        [text(BEGIN + one("ping", "{bad json}")), IN_PARIS],
    ),
    "debris of outputs is dropped": ("a <｜tool▁output▁begin｜>b<｜tool▁output▁end｜>", [text("a b")]),
    "thinking that the prompt began": (
        f"Hm.</think>{BEGIN}{PARIS}{END}",
        [thought("Hm."), IN_PARIS],
        {"starts_in_reasoning": True},
    ),
}

test_round_trip = round_trip(FORMAT, render, ["<｜tool▁call▁end｜>", "```", END])


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
