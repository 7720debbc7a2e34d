"""The format `kimi_k2`."""

import json
from typing import Any

from dragoman.model.events import CallStarted
from dragoman.toolcalls import offered, released
from dragoman.toolcalls.kimi_k2 import FORMAT
from tests.toolcalls.reading import TOOLS, Case, call, cut_anywhere, round_trip, table, text, thought

BEGIN, END = "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"


def one(id: str, body: str) -> str:
    return f"<|tool_call_begin|>{id}<|tool_call_argument_begin|>{body}<|tool_call_end|>"


def render(name: str, arguments: dict[str, Any]) -> str:
    return BEGIN + one(f"functions.{name}:0", json.dumps(arguments, ensure_ascii=False)) + END


PARIS = one("functions.get_weather:3", '{"city": "Paris"}')
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "a call": (f"Hi.{BEGIN}{PARIS}{END}", [text("Hi."), IN_PARIS]),
    "two calls with line ends": (f"{BEGIN}\n{PARIS}\n{PARIS}\n{END}", [IN_PARIS, IN_PARIS]),
    "the singular section": ((BEGIN + PARIS + END).replace("calls_section", "call_section"), [IN_PARIS]),
    "no section": (PARIS, [IN_PARIS]),
    "no arguments": (BEGIN + one("functions.ping:0", "") + END, [call("ping")]),
    "an id without a number": (BEGIN + one("get_weather", '{"city": "Paris"}') + END, [IN_PARIS]),
    "spaces round everything": (
        BEGIN + one(" functions.get_weather:0 ", ' {"city": "Paris"} ') + END,
        [IN_PARIS],
    ),
    "a section without calls": (f"Hi.{BEGIN} {END}", [text("Hi.")]),
    "an id that says no name, and arguments that tell it": (
        BEGIN
        + one("3", '{"city": "Paris", "days": 1}')
        + one("call_4", '{"file_path": "a", "content": "b"}')
        + END,
        [call("get_weather", city="Paris", days=1), call("Write", file_path="a", content="b")],
    ),
    "an id that says no name, and one tool on offer": (
        BEGIN + one(":2", '{"lat": "1"}') + END,
        [call("only", lat="1")],
        {"tools": offered([{"name": "only"}])},
    ),
    "an id that says no name, and arguments that fit none": (
        BEGIN + one("0", '{"town": "Paris"}') + END,
        [text(BEGIN + one("0", '{"town": "Paris"}') + END)],
    ),
    "the opener is lost at the start of the answer": (
        (PARIS + PARIS + END).removeprefix("<|tool_call_begin|>"),
        [IN_PARIS, IN_PARIS],
    ),
    "no tokens at all": (
        'functions.get_weather:0{"city": "Paris"}\nfunctions.get_weather:1{"city": "Paris"}',
        [IN_PARIS, IN_PARIS],
    ),
    "the opener is lost, and the tool is not on offer": (
        "functions.other:0<|tool_call_argument_begin|>{}",
        [text("functions.other:0<|tool_call_argument_begin|>{}")],
    ),
    "an answer about functions": ("functions.py defines {a}", [text("functions.py defines {a}")]),
    "the thinking tags of Kimi VL": ("◁think▷Hm.◁/think▷Hi", [thought("Hm."), text("Hi")]),
    "a call inside thinking": (f"<think>Hm.{BEGIN}{PARIS}{END}", [thought("Hm."), IN_PARIS]),
}


def test_the_id_is_the_models_own() -> None:
    events = [event for some in released(FORMAT, TOOLS, [BEGIN + PARIS + END]) for event in some]
    assert CallStarted("functions.get_weather:3", "get_weather") in events


test_round_trip = round_trip(FORMAT, render, ["<|tool_call_end|>", END])


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
