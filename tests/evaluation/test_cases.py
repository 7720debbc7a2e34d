"""Cases as they are written: our own lines, and BFCL's two files."""

import json

import pytest

from dragoman.evaluation.cases import Expected, own, read, read_bfcl
from dragoman.evaluation.score import judge
from dragoman.model.errors import BadRequest

QUESTION = {
    "id": "simple_python_7",
    "question": [[{"role": "user", "content": "Area of a triangle, base 10, height 5?"}]],
    "function": [
        {
            "name": "geometry.area",
            "description": "The area.",
            "parameters": {
                "type": "dict",
                "properties": {
                    "base": {"type": "integer"},
                    "unit": {"type": "string"},
                    "at": {"type": "tuple", "items": {"type": "float"}},
                    "any": {"type": "any", "description": "of any type"},
                },
                "required": ["base"],
            },
        }
    ],
}
ANSWER = {
    "id": "simple_python_7",
    "ground_truth": [{"geometry.area": {"base": [10], "unit": ["cm", ""]}}],
}


def line(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_projects_own_cases_are_right_by_their_own_answers() -> None:
    cases = own()
    assert len({case.id for case in cases}) == len(cases) >= 100
    for case in cases:
        calls = [
            (call.name, json.dumps({name: values[0] for name, values in call.allowed.items()}))
            for call in case.expected
        ]
        verdict = judge(case, calls)
        assert verdict.exact, case.id
        assert verdict.valid == len(calls), case.id
    assert {case.kind for case in cases if not case.expected} == {"no fitting tool", "missing argument"}


def test_a_question_of_bfcl_in_the_words_of_our_protocols() -> None:
    [case] = read_bfcl([line(QUESTION), b""], [line(ANSWER)])
    assert case.kind == "simple_python"
    assert case.expected == (
        Expected("geometry_area", {"base": (10,), "unit": ("cm", "")}, frozenset({"unit"})),
    )
    function = case.tools[0]["function"]
    assert function["name"] == "geometry_area"
    assert function["parameters"] == {
        "type": "object",
        "properties": {
            "base": {"type": "integer"},
            "unit": {"type": "string"},
            "at": {"type": "array", "items": {"type": "number"}},
            "any": {"description": "of any type"},
        },
        "required": ["base"],
    }


def test_a_question_without_an_answer_expects_no_call() -> None:
    [case] = read_bfcl([line(QUESTION)], [])
    assert case.expected == ()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([b"{}"], "line 1 is no case"),
        ([b"", b"[1"], "line 2 is no case"),
        ([b"\xff"], "line 1 is no case"),
        ([b'{"id":"x","messages":[],"tools":[],"calls":[{"name":1}]}'], r"\$\.calls\[0\]\.name"),
    ],
)
def test_a_line_that_is_no_case_is_named(lines: list[bytes], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read(lines)


def test_questions_of_several_turns_are_refused() -> None:
    several = QUESTION | {"question": [[], []]}
    with pytest.raises(BadRequest, match="single-turn"):
        read_bfcl([line(several)], [])
