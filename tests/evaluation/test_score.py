"""What an answer is worth."""

from typing import Any

import pytest

from dragoman.evaluation.cases import Case, Expected
from dragoman.evaluation.score import Verdict, judge

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"enum": ["C", "F"]},
        "places": {"type": "array", "items": {"type": "object", "required": ["x"]}},
    },
    "required": ["city"],
    "additionalProperties": False,
}
TOOLS: list[dict[str, Any]] = [{"type": "function", "function": {"name": "w", "parameters": SCHEMA}}]


def case(*expected: Expected) -> Case:
    return Case("1", "k", [], TOOLS, expected)


PARIS = Expected("w", {"city": ("Paris",)})
TWO = (PARIS, Expected("w", {"city": ("Rome", "Roma"), "days": (3, "")}, frozenset({"days"})))

VERDICTS: dict[str, tuple[tuple[Expected, ...], list[tuple[str, str]], Verdict]] = {
    "the call expected": ((PARIS,), [("w", '{"city":"Paris"}')], Verdict(1, 1, True)),
    "no call, none expected": ((), [], Verdict(0, 0, True)),
    "no call where one was expected": ((PARIS,), [], Verdict(0, 0, False)),
    "a call where none was expected": ((), [("w", '{"city":"Paris"}')], Verdict(1, 1, False)),
    "a call too many": ((PARIS,), [("w", '{"city":"Paris"}')] * 2, Verdict(2, 2, False)),
    "two calls in another order": (
        TWO,
        [("w", '{"city":"Roma","days":3.0}'), ("w", '{"city":"Paris"}')],
        Verdict(2, 2, True),
    ),
    "what may be left out is left out": (
        TWO,
        [("w", '{"city":"Paris"}'), ("w", '{"city":"Rome"}')],
        Verdict(2, 2, True),
    ),
    "an argument too many": ((PARIS,), [("w", '{"city":"Paris","days":1}')], Verdict(1, 1, False)),
    "another value": ((PARIS,), [("w", '{"city":"paris"}')], Verdict(1, 1, False)),
    "a tool that is not offered": ((PARIS,), [("v", '{"city":"Paris"}')], Verdict(1, 0, False)),
    "arguments that are no JSON": ((PARIS,), [("w", '{"city":"Paris"')], Verdict(1, 0, False)),
    "arguments that are no object": ((PARIS,), [("w", '"Paris"')], Verdict(1, 0, False)),
    "a required argument is missing": ((PARIS,), [("w", "{}")], Verdict(1, 0, False)),
    "a value of another type": ((PARIS,), [("w", '{"city":"Paris","days":"1"}')], Verdict(1, 0, False)),
    "true is no number": ((PARIS,), [("w", '{"city":"Paris","days":true}')], Verdict(1, 0, False)),
    "a value that is not listed": ((PARIS,), [("w", '{"city":"Paris","unit":"K"}')], Verdict(1, 0, False)),
    "a property that is not known": ((PARIS,), [("w", '{"city":"Paris","x":1}')], Verdict(1, 0, False)),
    "an item that does not fit": ((PARIS,), [("w", '{"city":"Paris","places":[{}]}')], Verdict(1, 0, False)),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    expected, calls, verdict = VERDICTS[name]
    assert judge(case(*expected), calls) == verdict
