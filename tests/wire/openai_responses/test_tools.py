"""What the model is offered for each kind of tool, and what the client's name of it is."""

import json
from typing import Any

import msgspec
import pytest

from dragoman.model.errors import BadRequest
from dragoman.model.turn import Request, ToolChoice
from dragoman.turns.sanitize import sanitize
from dragoman.wire.freeform import SCHEMA
from dragoman.wire.openai_responses import decode_request
from dragoman.wire.openai_responses.tools import Origin, flat_name, origins

LOOK = {"type": "function", "name": "look", "description": "Looks.", "strict": False}
LOOK_SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}}}
PATCH = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Patches.",
    "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "x"'},
}
AGENTS = {
    "type": "namespace",
    "name": "agents",
    "description": "Tools for agents.",
    "tools": [{"type": "function", "name": "spawn"}, {"type": "function", "name": "close"}],
}


def asked(tools: Any, **fields: Any) -> Request:
    return decode_request(json.dumps({"model": "m", "input": "Hi", "tools": tools} | fields).encode())


def test_a_function_goes_to_the_model_as_it_is() -> None:
    (tool,) = asked([LOOK | {"parameters": LOOK_SCHEMA}]).tools
    assert (tool.name, tool.description, tool.kind, tool.strict) == ("look", "Looks.", "function", False)
    assert msgspec.json.decode(tool.schema) == LOOK_SCHEMA
    assert origins([tool]) == {}


@pytest.mark.parametrize("parameters", [{}, {"parameters": None}])
def test_a_function_without_parameters_takes_an_empty_object(parameters: Any) -> None:
    (tool,) = asked([LOOK | parameters]).tools
    assert msgspec.json.decode(tool.schema) == {"type": "object", "properties": {}}


def test_a_freeform_tool_is_a_function_with_one_string_and_tells_its_grammar() -> None:
    (tool,) = asked([PATCH]).tools
    assert (tool.name, tool.kind, tool.schema) == ("apply_patch", "function", SCHEMA)
    assert tool.description == (
        "Patches.\nGive the text of the call as the string `input`, in JSON."
        '\nThe text follows this lark grammar:\nstart: "x"'
    )
    assert origins([tool]) == {"apply_patch": Origin("apply_patch", freeform=True)}


def test_tools_of_a_namespace_get_flat_names_and_the_first_tells_what_it_is() -> None:
    spawn, close = asked([AGENTS]).tools
    assert (spawn.name, close.name) == ("agents__spawn", "agents__close")
    assert (spawn.description, close.description) == ("[agents: Tools for agents.]\n", "")
    assert origins([spawn, close])["agents__close"] == Origin("close", "agents")


NAMES: dict[str, tuple[str, str | None, str]] = {
    "no namespace": ("look", None, "look"),
    "an empty one": ("look", "", "look"),
    "the one that all tools are in": ("look", "functions", "look"),
    "one of a client": ("look", "eyes", "eyes__look"),
    "one that ends as the mark does": ("look", "mcp__eyes__", "mcp__eyes__look"),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_that_the_model_sees(case: str) -> None:
    name, namespace, flat = NAMES[case]
    assert flat_name(name, namespace) == flat


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search", "external_web_access": True},
        {"type": "local_shell"},
        {"type": "mcp", "server_label": "x", "server_url": "https://example.com"},
        {"type": "tool_search", "execution": "client", "parameters": {"type": "object"}},
        {"type": "of_next_year", "name": "x"},
    ],
)
def test_tools_that_others_run_are_not_offered_and_it_is_noted(tool: Any) -> None:
    request, notes = sanitize(asked([tool, LOOK]))
    assert [kept.name for kept in request.tools] == ["look"]
    assert notes == ["server_tool_removed"]


def test_tools_may_come_as_an_item_of_the_input() -> None:
    brought = {"type": "additional_tools", "role": "developer", "tools": [PATCH]}
    request = asked([LOOK], input=[brought, {"role": "user", "content": "Hi"}])
    assert [tool.name for tool in request.tools] == ["look", "apply_patch"]
    assert len(request.turns) == 1


CHOICES: dict[str, tuple[Any, ToolChoice]] = {
    "absent": (None, ToolChoice()),
    "auto": ("auto", ToolChoice()),
    "required": ("required", ToolChoice("required")),
    "none": ("none", ToolChoice("none")),
    "a function": ({"type": "function", "name": "look"}, ToolChoice("named", "look")),
    "a freeform tool": ({"type": "custom", "name": "apply_patch"}, ToolChoice("named", "apply_patch")),
    "some tools": (
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "look"}]},
        ToolChoice("required"),
    ),
}


@pytest.mark.parametrize("case", CHOICES)
def test_choices(case: str) -> None:
    given, choice = CHOICES[case]
    request = asked([LOOK, PATCH], tool_choice=given)
    assert request.tool_choice == choice
    assert len(request.tools) == (1 if case == "some tools" else 2)


def test_calls_one_at_a_time() -> None:
    assert asked([LOOK], parallel_tool_calls=False).tool_choice == ToolChoice(parallel=False)


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "no name": ([{"type": "function"}], None, "$.tools: a tool of type function without a name"),
    "no type": ([{"name": "x"}], None, "$.tools[0]: Object missing required field type"),
    "a schema that is none": (
        [LOOK | {"parameters": 3}],
        None,
        "$.tools: the parameters of 'look' are no JSON object",
    ),
    "an unknown choice": ([LOOK], "always", "$.tool_choice: expected auto, required, none or a named tool"),
    "a tool that is not run here": (
        [LOOK],
        {"type": "web_search"},
        "$.tool_choice.type: 'web_search' cannot be asked for; its tool is not run here",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    tools, choice, message = REFUSED[case]
    with pytest.raises(BadRequest) as caught:
        asked(tools, tool_choice=choice)
    assert caught.value.message == message
