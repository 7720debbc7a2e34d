"""Tools as families' templates list them, and frames round what follows each other."""

import json

import pytest
from msgspec import Raw

from dragoman.model.turn import Tool
from dragoman.toolcalls._parts.wording import Frame, Wording, as_text, function, indented, signature, spaced

TOOL = Tool("Write", "writes <b>", Raw('{"type":"object","properties":{"路":{"type":"string"}}}'.encode()))
DEEP = Tool("Deep", "", Raw(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))


def test_a_tool_is_written_as_templates_write_it() -> None:
    inner = (
        '{"name": "Write", "description": "writes <b>", "parameters": '
        '{"type": "object", "properties": {"路": {"type": "string"}}}}'
    )
    assert function(TOOL) == inner
    assert signature(TOOL) == f'{{"type": "function", "function": {inner}}}'
    assert json.loads(indented(TOOL)) == json.loads(signature(TOOL))
    assert indented(TOOL).startswith('{\n    "type": "function",\n')


def test_a_schema_that_is_too_deep_goes_as_it_is() -> None:
    assert "[" * 100_000 in signature(DEEP)
    assert indented(DEEP) == signature(DEEP)


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, "{'a': 1}", ""])
def test_json_that_cannot_be_read_stays_as_it_is(text: str) -> None:
    assert spaced(text) == text


def test_a_sheet_names_each_tool_and_takes_its_braces_as_they_are() -> None:
    wording = Wording(
        "a {x} [{tools}] {y}", lambda *_: "", lambda *_: "", lambda tool: tool.name, Frame("<", "|", ">")
    )
    assert wording.offer([TOOL, Tool("{tools}")]) == "a {x} [<Write|{tools}>] {y}"


VALUES: dict[str, object] = {"a\n": "a\n", "1": 1, "true": True, "null": None, '["你"]': ["你"], "{}": {}}


def test_values_between_tags() -> None:
    assert [as_text(value) for value in VALUES.values()] == list(VALUES)
