"""Hermes, Qwen2.5, Qwen3, QwQ, Granite 4: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.families import QWEN
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.grammar import json_in
from dragoman.toolcalls._parts.source import NotACall, Reading, stands
from dragoman.toolcalls._parts.tagged import CLOSER, OPENER, json_reader, read_bare, read_tagged

LONGCAT = "<longcat_tool_call>", "</longcat_tool_call>"
TAGS = ("function_call", "toolcall", "TOOL_CALL", "response", "json", "JSON", "xml")
"""Tags in which the family's models put a call where they forget their own."""


def read_tools(calls: Calls, opener: str) -> Reading[None]:
    """After `<tools>`, where the prompt lists the tools: a call begins with its name, a tool does not."""
    if not (yield from stands(calls.source, [("{", '"name"'), ("[", "{", '"name"')])):
        raise NotACall
    yield from json_reader("</tools>")(calls, opener)


FORMAT = Format(
    openers={OPENER: read_tagged, LONGCAT[0]: json_reader(LONGCAT[1])},
    leaks={
        **dict.fromkeys(QWEN.calls, read_bare),
        **{f"<{tag}>": json_reader(f"</{tag}>") for tag in TAGS},
        "<tools>": read_tools,
        "<tool_call|>": json_reader(CLOSER, "<tool_call|>"),
        "<|tool_call|>": json_reader("<|/tool_call|>", "<|tool_call|>"),
    },
    closers=(CLOSER, LONGCAT[1], "</function>", "</tool_calls>"),
    noise=("<|im_end|>",),
    others=("hermes", "qwen", "qwen25", "qwen3", "qwq", "granite4", "longcat"),
    grammar=json_in(OPENER, CLOSER),
    wording=wordings.HERMES,
)
