"""The format `bare_json`."""

from dragoman.toolcalls.bare_json import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text, thought

PARIS = as_json("get_weather", {"city": "Paris"})
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "the whole answer": (PARIS, [IN_PARIS]),
    "between words": (f"Hi. {PARIS} Bye", [text("Hi. "), IN_PARIS, text(" Bye")]),
    "a list between words": (f"Hi: [{PARIS}, {PARIS}]", [text("Hi: "), IN_PARIS, IN_PARIS]),
    "brackets that mean nothing": ("a [link] {x} [1, 2]", [text("a [link] {x} [1, 2]")]),
    "a tool that is not on offer": (
        '{"name": "x", "arguments": {}}',
        [text('{"name": "x", "arguments": {}}')],
    ),
    "where the first is none, the others are none": (
        '{"name": "Jeff"} ' + PARIS,
        [text('{"name": "Jeff"} ' + PARIS)],
    ),
    "the end of the text inside the arguments": (
        '{"name": "get_weather", "arguments": {',
        [text('{"name": "get_weather", "arguments": {')],
    ),
    "thinking": (f"<think>Hm.</think>{PARIS}", [thought("Hm."), IN_PARIS]),
}

test_round_trip = round_trip(
    FORMAT, lambda name, arguments: f"See {as_json(name, arguments)}".removeprefix("See ")
)


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
