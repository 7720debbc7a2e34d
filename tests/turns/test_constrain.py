"""The structural tag of a request: which tools, what is demanded, and bytes that stay."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman.model.turn import OutputFormat, Request, Tool, ToolChoice
from dragoman.toolcalls import hermes_json
from dragoman.turns.constrain import strictly, structural_tag
from tests.streams import ASKED

SCHEMA = b'{"type":"object","properties":{"path":{"type":"string","format":"uri"}},"required":["path"]}'
TOOLS = (Tool("Read", schema=Raw(SCHEMA)), Tool("Stop"))
REQUEST = replace(ASKED, tools=TOOLS)
GRAMMAR = hermes_json.FORMAT.grammar
assert GRAMMAR is not None


def format_of(request: Request, forces: bool = True) -> Any:
    assert GRAMMAR is not None
    tag = structural_tag(request, GRAMMAR, strict=False, forces=forces)
    if tag is None:
        return None
    body = json.loads(bytes(tag))
    assert body["type"] == "structural_tag"
    return body["format"]


def choice(mode: Any, **more: Any) -> Request:
    return replace(REQUEST, tool_choice=ToolChoice(mode, **more))


FIELDS: dict[str, tuple[Request, bool, dict[str, Any]]] = {
    "auto demands nothing": (REQUEST, True, {}),
    "required": (choice("required"), True, {"at_least_one": True}),
    "required of a model that thinks first": (choice("required"), False, {}),
    "one call at most": (choice("auto", parallel=False), True, {"stop_after_first": True}),
    "this one and only this": (
        choice("named", name="Stop", parallel=False),
        True,
        {"at_least_one": True, "stop_after_first": True},
    ),
}


@pytest.mark.parametrize(("request_", "forces", "fields"), FIELDS.values(), ids=FIELDS)
def test_what_the_client_demands(request_: Request, forces: bool, fields: dict[str, Any]) -> None:
    format = format_of(request_, forces)
    assert {
        name: format.get(name) for name in ("at_least_one", "stop_after_first") if name in format
    } == fields


def test_a_named_tool_is_the_only_one() -> None:
    begins = [tag["begin"] for tag in format_of(choice("named", name="Stop"))["tags"]]
    assert begins
    assert all("Stop" in begin for begin in begins)


def test_schemas_are_cut_down_and_a_tool_that_is_not_strict_is_free() -> None:
    (schema,) = {json.dumps(tag["content"]["json_schema"]) for tag in format_of(REQUEST)["tags"][:2]}
    assert "uri" not in schema
    loose = replace(REQUEST, tools=(replace(TOOLS[0], strict=False),))
    assert format_of(loose)["tags"][0]["content"]["json_schema"] == {"type": "object"}


NONE: dict[str, Request] = {
    "no calls are wanted": choice("none"),
    "no tools": replace(REQUEST, tools=()),
    "a name that is not on offer": choice("named", name="Gone"),
    "the client has its own format": replace(REQUEST, output=OutputFormat()),
    "the client has its own grammar": replace(REQUEST, extra={"structured_outputs": Raw(b"{}")}),
}


@pytest.mark.parametrize("request_", NONE.values(), ids=NONE)
def test_where_there_is_no_tag(request_: Request) -> None:
    assert format_of(request_) is None


def test_a_schema_that_is_no_json_is_that_of_any_object() -> None:
    broken = replace(REQUEST, tools=(Tool("x", schema=Raw(b"{")),))
    assert format_of(broken)["tags"][0]["content"]["json_schema"] == {"type": "object"}


def test_the_bytes_stay_between_turns() -> None:
    assert GRAMMAR is not None
    copies = tuple(Tool(tool.name, "said anew", Raw(bytes(tool.schema))) for tool in TOOLS)
    later = replace(REQUEST, turns=REQUEST.turns * 3, tools=copies)
    made = [structural_tag(request, GRAMMAR, strict=False, forces=True) for request in (REQUEST, later)]
    assert made[0] is not None
    assert made[0] is made[1]


def test_tools_are_strict_unless_the_client_said_so_itself() -> None:
    tools = strictly((Tool("a"), Tool("b", strict=False), Tool("c", strict=True)))
    assert [tool.strict for tool in tools] == [True, False, True]
