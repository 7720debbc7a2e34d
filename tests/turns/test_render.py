"""Tools, calls and results as text: what an engine without tools is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from dragoman import folder
from dragoman.model.turn import (
    Image,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from dragoman.turns.render import rendered, signature, spaced
from dragoman.wire.openai_chat.upstream import encode_request
from tests.streams import JSON_VALUES
from tests.toolcalls.reading import read

PICTURE = Image("image/png", "AA")
TOOL = Tool("Write", "writes <b>", Raw('{"type":"object","properties":{"路":{"type":"string"}}}'.encode()))
CALL = ToolCall("a", "Write", '{"path":"a \\"b\\"","n":1}')
ASKED = Request(
    "m",
    (
        Turn("user", (Text("Please"),)),
        Turn("assistant", (Thinking("Hm"), Text("Yes."), CALL, replace(CALL, id="b"))),
        Turn(
            "user",
            (
                ToolResult("a", (Text("one"), PICTURE)),
                ToolResult("b", (Text("no"),), is_error=True),
                Text("go on"),
            ),
        ),
    ),
    system=(Text("Be brief."), Text("And kind.")),
    tools=(TOOL, Tool("ping")),
    tool_choice=ToolChoice("required"),
)


def test_the_tools_stand_behind_the_system_text_one_per_line() -> None:
    (sheet,) = rendered(ASKED).system
    assert sheet.text.startswith("Be brief.\nAnd kind.\n\n# Tools\n\nYou may call one or more functions")
    listed = sheet.text.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    assert [json.loads(line)["function"]["name"] for line in listed] == ["Write", "ping"]
    assert sheet.text.endswith('{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>')


def test_a_tool_is_written_as_templates_write_it() -> None:
    assert signature(TOOL) == (
        '{"type": "function", "function": {"name": "Write", "description": "writes <b>", "parameters": '
        '{"type": "object", "properties": {"路": {"type": "string"}}}}}'
    )


def test_calls_and_results_are_text_in_their_turns() -> None:
    first, calls, results = rendered(ASKED).turns
    assert first == ASKED.turns[0]
    written = '<tool_call>\n{"name": "Write", "arguments": {"path": "a \\"b\\"", "n": 1}}\n</tool_call>'
    assert calls.blocks == (Thinking("Hm"), Text("Yes."), Text(written), Text(written))
    assert results.blocks == (
        Text("<tool_response>\none\n</tool_response>"),
        PICTURE,
        Text("<tool_response>\n[the tool reported an error]\nno\n</tool_response>"),
        Text("go on"),
    )


def test_nothing_of_tools_is_left_in_the_body() -> None:
    body = json.loads(encode_request(rendered(ASKED), "m"))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert "tool_calls" not in json.dumps(body)
    assert [part["type"] for part in body["messages"][-1]["content"]].count("image_url") == 1


def test_without_tools_nothing_changes() -> None:
    plain = replace(ASKED, tools=())
    assert rendered(plain) is plain


def test_the_same_request_is_always_the_same_text_and_a_longer_one_begins_with_it() -> None:
    shorter = replace(ASKED, turns=ASKED.turns[:2])
    assert rendered(ASKED).system == rendered(shorter).system
    assert rendered(ASKED).turns[:2] == rendered(shorter).turns


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, "{'a': 1}", ""])
def test_json_that_cannot_be_read_stays_as_it_is(text: str) -> None:
    assert spaced(text) == text


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
"""Properties as tools name them."""


@given(st.dictionaries(NAMES, JSON_VALUES, max_size=3))
def test_what_is_rendered_is_read_back(arguments: dict[str, object]) -> None:
    call = ToolCall("a", "Write", json.dumps(arguments))
    (turn,) = rendered(replace(ASKED, turns=(Turn("assistant", (call,)),))).turns
    (text,) = turn.blocks
    assert isinstance(text, Text)
    from dragoman.toolcalls import compile_tools

    tools = compile_tools([Tool("Write", schema=Raw(b"{}"))])
    assert read(folder.catalog().auto("hermes_json"), [text.text], tools) == [("call", ("Write", arguments))]
