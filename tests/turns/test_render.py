"""Tools, calls and results as text: what an engine without tools is told."""

import json

import pytest
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
from dragoman.turns.render import rendered
from dragoman.wire.openai_chat.upstream import encode_request

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


def test_calls_and_results_are_text_in_their_turns() -> None:
    first, calls, results = rendered(ASKED).turns
    assert first == ASKED.turns[0]
    written = '<tool_call>\n{"name": "Write", "arguments": {"path": "a \\"b\\"", "n": 1}}\n</tool_call>'
    assert calls.blocks == (Thinking("Hm"), Text("Yes."), Text(f"{written}\n{written}"))
    one, error = "one", "[the tool reported an error]\nno"
    shown = "\n".join(f"<tool_response>\n{text}\n</tool_response>" for text in (one, error))
    assert results.blocks == (Text(shown), PICTURE, Text("go on"))


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


@pytest.mark.parametrize("arguments", ["[" * 100_000, "9" * 5000, "{'a': 1}", "", "[1]"])
def test_arguments_that_are_no_object_stand_in_one(arguments: str) -> None:
    call = ToolCall("a", "Write", arguments)
    (turn,) = rendered(replace(ASKED, turns=(Turn("assistant", (call,)),))).turns
    (said,) = turn.blocks
    assert isinstance(said, Text)
    inner = said.text.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>")
    assert json.loads(inner) == {"name": "Write", "arguments": {"arguments": arguments}}


PLACES: dict[str, tuple[str, str, str]] = {
    "hermes_json": (
        "Be brief.\nAnd kind.\n\n# Tools",
        "</tool_call>",
        "<tool_response>\none\n</tool_response>\n<",
    ),
    "qwen_xml": (
        "# Tools\n\nYou have access",
        "</IMPORTANT>\n\nBe brief.\nAnd kind.",
        "<tool_response>\none\n",
    ),
    "glm_xml": ("# Tools\n\nYou may call", "</tool_call>\n\nBe brief.\nAnd kind.", "<tool_response>\none\n"),
    "deepseek_v3": (
        "Be brief.\nAnd kind.\n\n# Tools",
        "<｜end▁of▁sentence｜>",
        "<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>one<｜tool▁output▁end｜>\n<｜tool▁output▁begin｜>",
    ),
    "deepseek_v31": (
        "Be brief.\nAnd kind.\n\n## Tools",
        "separators or spaces",
        "<｜tool▁output▁begin｜>one<｜tool▁output▁end｜>",
    ),
    "deepseek_dsml": (
        "Be brief.\nAnd kind.\n\n## Tools",
        "</functions>",
        "<function_results>\n<result>one</result>\n<result>",
    ),
    "kimi_k2": ("Be brief.\nAnd kind.\n\n# Tools\n\n[{", "with 0.", "## Return of a\none\n## Return of b\n"),
    "llama3_json": (
        "You have access to the following functions.",
        "}\n\nBe brief.\nAnd kind.",
        '{"output": "one"}',
    ),
    "mistral_args": (
        "Be brief.\nAnd kind.\n\n[AVAILABLE_TOOLS][{",
        "}][/AVAILABLE_TOOLS]",
        "[TOOL_RESULTS]a[TOOL_CONTENT]one[/TOOL_RESULTS]",
    ),
    "mistral_json": (
        "Be brief.\nAnd kind.\n\n[AVAILABLE_TOOLS][{",
        "}][/AVAILABLE_TOOLS]",
        '[TOOL_RESULTS]{"content": "one", "call_id": "a"}[/TOOL_RESULTS]',
    ),
    "minimax_m2": ("Be brief.\nAnd kind.\n\n# Tools", "</minimax:tool_call>", "<response>one</response>"),
}


@pytest.mark.parametrize("format", PLACES)
def test_where_a_family_is_told_what(format: str) -> None:
    begins, ends, result = PLACES[format]
    wording = folder.catalog().find(format).wording
    assert wording is not None
    made = rendered(ASKED, wording)
    (sheet,) = made.system
    assert sheet.text.startswith(begins)
    assert sheet.text.endswith(ends)
    assert sheet.text.count('"ping"') == 1
    assert "{tools}" not in sheet.text
    said = made.turns[2].blocks[0]
    assert isinstance(said, Text)
    assert said.text.startswith(result)
