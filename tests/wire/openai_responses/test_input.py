"""The items of an input as turns: one step of the model is one turn."""

import json
from typing import Any

import msgspec
import pytest

from dragoman.model.errors import BadRequest
from dragoman.model.turn import (
    Document,
    Image,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
)
from dragoman.wire.openai_responses.input import INPUT, decode_input

USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]}
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "short"}],
    "content": [{"type": "reasoning_text", "text": "long"}],
    "encrypted_content": None,
}


def call(id: str, name: str = "look", **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": id, "name": name, "arguments": "{}"} | more


def result(id: str, output: Any = "42") -> dict[str, Any]:
    return {"type": "function_call_output", "id": "fco_1", "call_id": id, "output": output}


CASES: dict[str, tuple[Any, list[Turn]]] = {
    "a string": ("Hi", [Turn("user", (Text("Hi"),))]),
    "a message without type": ([{"role": "user", "content": "Hi"}], [Turn("user", (Text("Hi"),))]),
    "messages of users stay apart": ([USER, USER], [Turn("user", (Text("Hi"),))] * 2),
    "developer and system": (
        [{"role": "developer", "content": "A"}, {"role": "system", "content": "B"}],
        [Turn("system", (Text("A"),)), Turn("system", (Text("B"),))],
    ),
    "a role of the future": (
        [{"role": "critic", "content": "No."}],
        [Turn("user", (Text("[a message of the unknown role 'critic']"), Text("No.")))],
    ),
    "one step of the model, its results, the next step": (
        [USER, THOUGHT, SAID, call("a"), call("b"), result("b"), result("a"), SAID],
        [
            Turn("user", (Text("Hi"),)),
            Turn(
                "assistant",
                (Thinking("long"), Text("I look."), ToolCall("a", "look", "{}"), ToolCall("b", "look", "{}")),
            ),
            Turn("user", (ToolResult("b", (Text("42"),)), ToolResult("a", (Text("42"),)))),
            Turn("assistant", (Text("I look."),)),
        ],
    ),
    "a call inside a namespace": (
        [call("a", "spawn", namespace="agents")],
        [Turn("assistant", (ToolCall("a", "agents__spawn", "{}"),))],
    ),
    "a freeform call and its result": (
        [
            {"type": "custom_tool_call", "call_id": "a", "name": "exec", "input": 'say("x")\n'},
            {
                "type": "custom_tool_call_output",
                "call_id": "a",
                "output": [{"type": "input_text", "text": "1"}],
            },
        ],
        [
            Turn("assistant", (ToolCall("a", "exec", r'{"input":"say(\"x\")\n"}'),)),
            Turn("user", (ToolResult("a", (Text("1"),)),)),
        ],
    ),
    "a result with a picture": (
        [result("a", [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}])],
        [Turn("user", (ToolResult("a", (Image("image/png", "AAAA"),)),))],
    ),
    "a picture by its address": (
        [{"role": "user", "content": [{"type": "input_image", "image_url": "https://example.com/a.png"}]}],
        [Turn("user", (Image(url="https://example.com/a.png"),))],
    ),
    "a file": (
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_file",
                        "filename": "a.pdf",
                        "file_data": "data:application/pdf;base64,AAAA",
                    }
                ],
            }
        ],
        [Turn("user", (Document("a.pdf", "application/pdf", "AAAA"),))],
    ),
    "a refusal": (
        [{"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}],
        [Turn("assistant", (Text("No."),))],
    ),
    "sealed thoughts": (
        [{"type": "reasoning", "summary": [], "encrypted_content": "xyz"}],
        [Turn("assistant", (Thinking("", "xyz", redacted=True),))],
    ),
    "thoughts of which only the summary is left": (
        [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "short"}]}],
        [Turn("assistant", (Thinking("short"),))],
    ),
}


def turns(given: Any) -> list[Turn]:
    return decode_input(INPUT.decode(json.dumps(given)))[0]


@pytest.mark.parametrize("case", CASES)
def test_items_as_turns(case: str) -> None:
    given, wanted = CASES[case]
    assert turns(given) == wanted


@pytest.mark.parametrize(
    ("kind", "role"),
    [("web_search_call", "assistant"), ("local_shell_call_output", "user"), ("compaction", "user")],
)
def test_an_item_of_unknown_kind_keeps_its_place(kind: str, role: str) -> None:
    item = {"type": kind, "id": "x", "output": {"any": "thing"}}
    (turn,) = turns([item])
    assert turn.role == role
    (block,) = turn.blocks
    assert isinstance(block, Opaque)
    assert (block.kind, msgspec.json.decode(block.raw)) == (kind, item)


def test_a_part_of_unknown_kind_keeps_its_place() -> None:
    (turn,) = turns([{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}])
    assert [type(block) for block in turn.blocks] == [Opaque]


REFUSED: dict[str, tuple[Any, str]] = {
    "a reference": (
        [USER, {"type": "item_reference", "id": "msg_1"}],
        "$.input[1]: nothing is stored here that an item_reference could mean; send the item",
    ),
    "a reference without type": (
        [{"id": "msg_1"}],
        "$.input[0]: nothing is stored here that an item_reference could mean; send the item",
    ),
    "a result of no call": (
        [{"type": "function_call_output", "output": "x"}],
        "$.input[0]: Object missing required field call_id",
    ),
    "a wrong type deep inside": (
        [{"role": "user", "content": [{"type": "input_text", "text": 3}]}],
        "$.input[0].content[0].text: Expected str | null, got int",
    ),
    "an item that is none": (["Hi"], "$.input[0]: Expected object, got str"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_path(case: str) -> None:
    given, message = REFUSED[case]
    with pytest.raises(BadRequest) as caught:
        turns(given)
    assert caught.value.message == message
