"""FunctionGemma: `<start_function_call>call:N{key:<escape>text<escape>}<end_function_call>`."""

from dragoman.toolcalls._parts.blocks import brace_reader
from dragoman.toolcalls._parts.format import Format

CLOSER = "<end_function_call>"
AFTER = ("<start_function_call>", "<start_function_response>", "<end_of_turn>")

FORMAT = Format(
    openers={"<start_function_call>": brace_reader("<escape>", CLOSER, AFTER)},
    closers=(CLOSER,),
    noise=("<start_function_response>", "<end_of_turn>"),
)
