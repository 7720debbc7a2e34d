"""FunctionGemma: `<start_function_call>call:N{key:<escape>text<escape>}<end_function_call>`."""

from dragoman.toolcalls._parts.blocks import brace_reader
from dragoman.toolcalls._parts.format import Format

CLOSER = "<end_function_call>"

FORMAT = Format(
    openers={"<start_function_call>": brace_reader("<escape>", CLOSER)},
    closers=(CLOSER,),
    noise=("<start_function_response>", "<end_of_turn>"),
)
