"""The format `llama3_json`."""

from dragoman.toolcalls.llama3_json import FORMAT
from tests.toolcalls.reading import Case, as_json, call, cut_anywhere, round_trip, table, text

PARIS = as_json("get_weather", {"city": "Paris"}, "parameters")
IN_PARIS = call("get_weather", city="Paris")

CASES: dict[str, Case] = {
    "the whole answer": (PARIS, [IN_PARIS]),
    "after the tag": (f"Hi. <|python_tag|>{PARIS}<|eom_id|>", [text("Hi. "), IN_PARIS]),
    "two, joined": (f"<|python_tag|>{PARIS};{PARIS}", [IN_PARIS, IN_PARIS]),
    "two bare ones, joined": (f"{PARIS}; {PARIS}<|eot_id|>", [IN_PARIS, IN_PARIS]),
    "words behind the call": (f"{PARIS} as you asked", [IN_PARIS, text(" as you asked")]),
    "what is no call": ('<|python_tag|>{"name": invalid}', [text('<|python_tag|>{"name": invalid}')]),
    "code after the tag": ("<|python_tag|>print(1)", [text("<|python_tag|>print(1)")]),
    "a tool that is not on offer": (
        '{"name": "x", "parameters": {}}',
        [text('{"name": "x", "parameters": {}}')],
    ),
    "JSON that is an answer": ('{"city": "Paris"}', [text('{"city": "Paris"}')]),
    "Python behind the tag": ('<|python_tag|>get_weather.call(city="Paris")<|eom_id|>', [IN_PARIS]),
    "code behind the tag is text": ("<|python_tag|>print(1)", [text("<|python_tag|>print(1)")]),
    "the older models' tag": ('<function=get_weather>{"city": "Paris"}</function><|eom_id|>', [IN_PARIS]),
}

test_round_trip = round_trip(FORMAT, lambda name, arguments: as_json(name, arguments, "parameters"))


test_case = table(FORMAT, CASES)
test_cut = cut_anywhere(FORMAT, CASES)
