"""Tools in every form that agents offer them in, and choices among them."""

import json
from typing import Any

import pytest
from msgspec import Raw

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Tool, ToolChoice
from dragoman.wire.fields import Fields
from dragoman.wire.freeform import SCHEMA
from dragoman.wire.openai_chat.tools import shapes, tool_choice, tools

OBJECT = Raw(b'{"type": "object"}')
NESTED = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}
GRAMMAR = {"syntax": "lark", "definition": "start: x"}
TOLD = "d\nGive the text of the call as the string `input`, in JSON."


def decode(**body: Any) -> tuple[Tool, ...]:
    return tools(Fields(json.dumps(body).encode()))


FORMS: dict[str, tuple[dict[str, Any], Tool]] = {
    "as OpenAI wants it": (NESTED, Tool("f", "d", OBJECT)),
    "flat, as in the Responses API": (
        {
            "type": "function",
            "name": "f",
            "description": "d",
            "parameters": {"type": "object"},
            "strict": False,
        },
        Tool("f", "d", OBJECT, strict=False),
    ),
    "as Anthropic wants it": (
        {"name": "f", "description": "d", "input_schema": {"type": "object"}},
        Tool("f", "d", OBJECT),
    ),
    "as Anthropic wants it, with a type": (
        {"type": "custom_function", "name": "f", "input_schema": {"type": "object"}},
        Tool("f", "", OBJECT),
    ),
    "a custom tool": (
        {"type": "custom", "custom": {"name": "p", "description": "d"}},
        Tool("p", TOLD, SCHEMA, extra={"shape": Raw(b'"custom"')}),
    ),
    "a custom tool with a grammar": (
        {
            "type": "custom",
            "custom": {"name": "p", "description": "d", "format": {"type": "grammar", "grammar": GRAMMAR}},
        },
        Tool(
            "p",
            f"{TOLD}\nThe text follows this lark grammar:\nstart: x",
            SCHEMA,
            extra={"shape": Raw(b'"custom"')},
        ),
    ),
    "a flat custom tool with a grammar, as Cursor sends it": (
        {"type": "custom", "name": "p", "description": "d", "format": {"type": "grammar", **GRAMMAR}},
        Tool(
            "p",
            f"{TOLD}\nThe text follows this lark grammar:\nstart: x",
            SCHEMA,
            extra={"shape": Raw(b'"text"')},
        ),
    ),
    "a tool that OpenAI runs itself": ({"type": "web_search"}, Tool("web_search", kind="web_search")),
}


@pytest.mark.parametrize(("wire", "tool"), FORMS.values(), ids=FORMS)
def test_forms(wire: dict[str, Any], tool: Tool) -> None:
    assert decode(tools=[wire]) == (tool,)


def test_forms_may_be_mixed() -> None:
    wires = [wire for wire, _ in FORMS.values()]
    assert decode(tools=wires) == tuple(tool for _, tool in FORMS.values())


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ({}, r"\$\.tools\[0\]\.function: field required"),
        ({"type": "custom"}, r"\$\.tools\[0\]\.custom: field required"),
        ({"type": "function", "function": {}}, r"\$\.tools\[0\]\.function: Object missing"),
    ],
)
def test_a_tool_without_a_name_is_refused(wire: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        decode(tools=[wire])


def test_how_calls_go_back() -> None:
    offered = decode(tools=[NESTED, *(wire for name, (wire, _) in FORMS.items() if "custom tool" in name)])
    assert dict(shapes(offered[:1])) == {}
    assert shapes(offered) == {"p": "text"}
    assert shapes(offered[:2]) == {"p": "custom"}
    assert shapes(decode(functions=[{"name": "old"}])) == {"old": "legacy"}
    assert shapes([Tool("q", extra={"freeform": Raw(b"true")})]) == {"q": "text"}


OFFERED = (Tool("f"), Tool("g"))

CHOICES: dict[str, tuple[dict[str, Any], ToolChoice, tuple[Tool, ...]]] = {
    "none said": ({}, ToolChoice(), OFFERED),
    "a custom tool": (
        {"tool_choice": {"type": "custom", "custom": {"name": "g"}}},
        ToolChoice("named", "g"),
        OFFERED,
    ),
    "a flat name": ({"tool_choice": {"type": "function", "name": "g"}}, ToolChoice("named", "g"), OFFERED),
    "some of the tools": (
        {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NESTED]}}},
        ToolChoice("required"),
        OFFERED[:1],
    ),
    "in Anthropic's form": ({"tool_choice": {"type": "any"}}, ToolChoice("required"), OFFERED),
    "in Anthropic's form, one call at most": (
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        ToolChoice(parallel=False),
        OFFERED,
    ),
    "in Anthropic's form, by name": (
        {"tool_choice": {"type": "tool", "name": "f"}},
        ToolChoice("named", "f"),
        OFFERED,
    ),
}


@pytest.mark.parametrize(("body", "choice", "left"), CHOICES.values(), ids=CHOICES)
def test_choices(body: dict[str, Any], choice: ToolChoice, left: tuple[Tool, ...]) -> None:
    assert tool_choice(Fields(json.dumps(body).encode()), OFFERED) == (choice, left)


@pytest.mark.parametrize("choice", ["some", {}, {"type": "tool"}, {"type": "custom"}])
def test_a_choice_that_names_nothing_is_refused(choice: Any) -> None:
    with pytest.raises(BadRequest, match=r"\$\.tool_choice: expected"):
        tool_choice(Fields(json.dumps({"tool_choice": choice}).encode()), OFFERED)


def test_the_older_way_has_room_for_one_call() -> None:
    offered = decode(functions=[{"name": "old"}])
    assert tool_choice(Fields(b"{}"), offered)[0] == ToolChoice(parallel=False)
