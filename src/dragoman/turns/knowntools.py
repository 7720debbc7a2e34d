"""Tools that Anthropic's clients name by type alone: their schemas, and who runs them.

The client runs `bash_*`, `text_editor_*`, `computer_*` and `memory_*`; Anthropic's own models know their
schemas by heart, an open model must be told. All other types run on Anthropic's servers.
Source: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw
from msgspec.json import encode
from msgspec.structs import replace

from dragoman.model.turn import Tool

STRING: Mapping[str, Any] = {"type": "string"}
INTEGER: Mapping[str, Any] = {"type": "integer"}
POINT: Mapping[str, Any] = {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 2}
RANGE: Mapping[str, Any] = {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 2}


def schema(required: tuple[str, ...], **properties: Mapping[str, Any]) -> Raw:
    return Raw(encode({"type": "object", "properties": properties, "required": required}))


def choice(*values: str) -> Mapping[str, Any]:
    return {"type": "string", "enum": values}


KNOWN: Mapping[str, tuple[str, Raw]] = {
    "bash_": (
        "Runs a command in a bash session that keeps its state between calls.",
        schema(("command",), command=STRING, restart={"type": "boolean"}),
    ),
    "text_editor_": (
        "Views, creates and edits text files.",
        schema(
            ("command", "path"),
            command=choice("view", "create", "str_replace", "insert", "undo_edit"),
            path=STRING,
            file_text=STRING,
            old_str=STRING,
            new_str=STRING,
            insert_line=INTEGER,
            insert_text=STRING,
            view_range=RANGE,
        ),
    ),
    "computer_": (
        "Uses the screen, the mouse and the keyboard.",
        schema(
            ("action",),
            action=choice(
                "key",
                "type",
                "mouse_move",
                "left_click",
                "left_click_drag",
                "right_click",
                "middle_click",
                "double_click",
                "triple_click",
                "left_mouse_down",
                "left_mouse_up",
                "scroll",
                "hold_key",
                "wait",
                "screenshot",
                "cursor_position",
            ),
            coordinate=POINT,
            start_coordinate=POINT,
            text=STRING,
            scroll_direction=choice("up", "down", "left", "right"),
            scroll_amount=INTEGER,
            duration={"type": "number"},
        ),
    ),
    "memory_": (
        "Keeps notes in files below /memories.",
        schema(
            ("command",),
            command=choice("view", "create", "str_replace", "insert", "delete", "rename"),
            path=STRING,
            view_range=RANGE,
            file_text=STRING,
            old_str=STRING,
            new_str=STRING,
            insert_line=INTEGER,
            insert_text=STRING,
            old_path=STRING,
            new_path=STRING,
        ),
    ),
}


def spelled_out(tool: Tool) -> Tool | None:
    """The tool with its schema where the client runs it, None where a server of Anthropic's would."""
    if tool.kind == "function":
        return tool
    for prefix, (description, known) in KNOWN.items():
        if tool.kind.startswith(prefix):
            described = tool.description or description
            return replace(tool, kind="function", description=described, schema=known, extra={})
    return None
