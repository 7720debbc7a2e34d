"""Granite 3: `<|tool_call|>[{…}]`, or after `<tool_call>`, or bare; Granite 20B: `<function_call> {…}`."""

from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import json_reader

FORMAT = Format(
    openers={
        "<|tool_call|>": json_reader("<|/tool_call|>"),
        "<tool_call>": json_reader("</tool_call>"),
        "<function_call>": json_reader("</function_call>"),
    },
    closers=("<|/tool_call|>", "</tool_call>", "</function_call>"),
    noise=("<response>", "</response>", "<|end_of_text|>"),
    others=("granite3", "granite_20b"),
)
