"""Llama 4: `[f(a=1, b="x"), g()]`, between `<|python_start|>` and `<|python_end|>` or bare."""

from dragoman.toolcalls._parts.bare import read_start
from dragoman.toolcalls._parts.blocks import python_reader
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(
    openers={"<|python_start|>": python_reader("<|python_end|>")},
    leaks={"[": read_start},
    closers=("<|python_end|>",),
    noise=("<|eom|>", "<|eot|>", "<|eot_id|>", "<|eom_id|>"),
    others=("llama4_pythonic", "llama4"),
)
