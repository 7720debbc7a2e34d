"""LFM2: `<|tool_call_start|>[f(a=1)]<|tool_call_end|>`."""

from dragoman.toolcalls._parts.blocks import python_reader
from dragoman.toolcalls._parts.format import Format

OPENER, CLOSER = "<|tool_call_start|>", "<|tool_call_end|>"

FORMAT = Format(
    openers={OPENER: python_reader(CLOSER, openers=(OPENER,))},
    closers=(CLOSER,),
    noise=("<|im_end|>",),
    others=("lfm2",),
)
