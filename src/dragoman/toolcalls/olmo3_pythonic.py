"""Olmo 3: `<function_calls>f(a=1)</function_calls>`, one call a line."""

from dragoman.toolcalls._parts.blocks import read_function_calls
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(
    openers={"<function_calls>": read_function_calls},
    closers=("</function_calls>",),
    noise=("<|im_end|>",),
    others=("olmo3",),
)
