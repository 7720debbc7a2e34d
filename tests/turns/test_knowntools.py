"""Tools named by type alone become functions with a schema, or are said to be a server's."""

import json

import pytest

from dragoman.model.turn import Tool
from dragoman.turns.knowntools import spelled_out

CLIENT_TOOLS = {
    "bash_20250124": ("bash", {"command", "restart"}),
    "text_editor_20250728": ("str_replace_based_edit_tool", {"command", "path", "old_str", "new_str"}),
    "computer_20250124": ("computer", {"action", "coordinate"}),
    "memory_20250818": ("memory", {"command", "path"}),
}


@pytest.mark.parametrize("kind", CLIENT_TOOLS)
def test_the_client_runs_it_so_the_model_is_told_its_schema(kind: str) -> None:
    name, properties = CLIENT_TOOLS[kind]
    tool = spelled_out(Tool(name, kind=kind))
    assert tool is not None
    assert (tool.name, tool.kind) == (name, "function")
    schema = json.loads(bytes(tool.schema))
    assert properties <= set(schema["properties"])
    assert set(schema["required"]) <= set(schema["properties"])
    assert tool.description


@pytest.mark.parametrize("kind", ["web_search_20250305", "web_fetch_20250910", "code_execution_20250522"])
def test_a_server_runs_it(kind: str) -> None:
    assert spelled_out(Tool("web_search", kind=kind)) is None


def test_a_function_stays_as_it_is() -> None:
    tool = Tool("Read", "Reads a file.")
    assert spelled_out(tool) is tool
