"""Hermes, Qwen2.5, Qwen3, QwQ, Granite 4: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.families import QWEN
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.grammar import json_in
from dragoman.toolcalls._parts.tagged import CLOSER, OPENER, json_reader, read_bare, read_tagged

LONGCAT = "<longcat_tool_call>", "</longcat_tool_call>"

FORMAT = Format(
    openers={OPENER: read_tagged, LONGCAT[0]: json_reader(LONGCAT[1])},
    leaks={QWEN.calls[0]: read_bare},
    closers=(CLOSER, LONGCAT[1], "</function>"),
    noise=("<|im_end|>",),
    others=("hermes", "qwen", "qwen25", "qwen3", "qwq", "granite4", "longcat"),
    grammar=json_in(OPENER, CLOSER),
    wording=wordings.HERMES,
)
