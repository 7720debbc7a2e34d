"""Cases of other projects, where they lie beside the repository: names and arguments, whole and cut.

They are no part of the project. The ones on which it differs are named here, with the reason.
"""

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dragoman import folder, toolcalls
from dragoman.toolcalls import Catalog, offered, parse

CASES = Path(__file__).parents[3].joinpath("shared", "data", "tool-call-cases.json")

DIFFERS = {
    "ol-17e97e0c": "of duplicate parameters the first wins here, since it may have been sent",
    "ol-09a315b4": "null as the text of a parameter that is a string stays a string",
    "ol-c52350be": "null for a property that is optional and cannot be null is left out",
    "ol-aeab16a2": "Python's strings are unescaped, as Python would",
    "ol-3da2da88": "Python's strings are unescaped, as Python would",
}

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason="the cases are not beside the repository")

CATALOG = Catalog({name: folder.load(toolcalls, name).FORMAT for name in folder.names(toolcalls)})


def graded() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))
    return [case for case in cases if not (case.get("policy") or case.get("typing_without_schema"))]


def read(case: dict[str, Any], pieces: list[str]) -> dict[str, Any]:
    tools = case.get("tools") or [{"name": call["name"]} for call in case["expected"]["tool_calls"]]
    format = CATALOG.find(case["format"])
    return parse("", format, offered(tools), pieces, bool(case.get("starts_in_reasoning")))


def agrees(case: dict[str, Any], found: dict[str, Any]) -> bool:
    wanted, calls = case["expected"]["tool_calls"], found["tool_calls"]
    if [call["name"] for call in wanted] != [call["name"] for call in calls]:
        return False
    if case["strength"] != "asserted-partial":
        return bool(wanted == calls)
    return all(
        at(calls[claim["call"]], claim["path"]) == claim["value"] for claim in case["argument_asserts"]
    )


def at(call: dict[str, Any], path: list[str | int]) -> Any:
    value = call["arguments"]
    for step in path:
        value = value[step]
    return value


def test_how_a_case_is_cut_changes_nothing() -> None:
    chance = random.Random(7)
    for case in json.loads(CASES.read_text("utf-8")) if CASES.is_file() else []:
        text = case["text"]
        whole = read(case, [text])
        assert read(case, list(text)) == whole, case["id"]
        places = sorted({0, len(text), *(chance.randint(0, len(text)) for _ in range(9))})
        pieces = [text[start:end] for start, end in pairwise(places)]
        assert read(case, pieces or [text]) == whole, case["id"]


def test_calls_are_those_expected_but_for_the_named_differences(capsys: pytest.CaptureFixture[str]) -> None:
    all_of, right = Counter[str](), Counter[str]()
    wrong = set()
    for case in graded():
        all_of[case["format"]] += 1
        if agrees(case, read(case, [case["text"]])):
            right[case["format"]] += 1
        else:
            wrong.add(case["id"])
    shares = [f"{name} {right[name]}/{number}" for name, number in all_of.items()]
    with capsys.disabled():
        print(f"\n{right.total()} of {all_of.total()}:", ", ".join(shares))
    assert wrong == set(DIFFERS)
