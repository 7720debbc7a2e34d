"""Gemma 4: `<|tool_call>call:N{key:<|"|>text<|"|>}<tool_call|>`, and the same on a line without its tag."""

from dragoman.toolcalls._parts.bare import STARTS
from dragoman.toolcalls._parts.blocks import brace_reader
from dragoman.toolcalls._parts.format import Format, Thinking

CLOSER = "<tool_call|>"
READ = brace_reader('<|"|>', CLOSER, ("<|tool_call>", "<|tool_response>", "<turn|>"))

FORMAT = Format(
    openers={"<|tool_call>": READ},
    leaks={"\ncall:": READ, "<call>": READ},
    own=("\ncall:", "<call>"),
    starts={**STARTS, "call:": READ},
    thinking=(
        Thinking("<|channel>thought\n", "<channel|>", anywhere=True),
        Thinking("<|channel>", "<channel|>", anywhere=True),
    ),
    closers=(CLOSER,),
    noise=("<|tool_response>", "<tool_response|>", "<turn|>"),
)
