"""Gemma 4: `<|tool_call>call:N{key:<|"|>text<|"|>}<tool_call|>`."""

from dragoman.toolcalls._parts.blocks import brace_reader
from dragoman.toolcalls._parts.format import Format, Thinking

CLOSER = "<tool_call|>"

FORMAT = Format(
    openers={"<|tool_call>": brace_reader('<|"|>', CLOSER)},
    thinking=(
        Thinking("<|channel>thought\n", "<channel|>", anywhere=True),
        Thinking("<|channel>", "<channel|>", anywhere=True),
    ),
    closers=(CLOSER,),
    noise=("<|tool_response>", "<tool_response|>", "<turn|>"),
)
