"""Llama 3: `{"name": …, "parameters": {…}}`, alone or after `<|python_tag|>`, several joined by `;`.

Older models write `<function=NAME>{…}</function>`, or Python behind the tag.
"""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.families import QWEN
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.pythonic import read_python
from dragoman.toolcalls._parts.source import Reading
from dragoman.toolcalls._parts.tagged import json_reader, read_bare, take_closer

CLOSERS = "<|eom_id|>", "<|eot_id|>"
JSON = json_reader(*CLOSERS)


def read(calls: Calls, opener: str) -> Reading[None]:
    """After the tag; code for an interpreter is no call, so that Python is one only of tools on offer."""
    if (yield from calls.source.glance()).isalpha():
        yield from read_python(calls, strict=True, closers=CLOSERS)
        yield from take_closer(calls, CLOSERS)
    else:
        yield from JSON(calls, opener)


FORMAT = Format(
    openers={"<|python_tag|>": read},
    leaks={QWEN.calls[0]: read_bare},
    closers=(*CLOSERS, "</function>"),
    noise=(*CLOSERS, "<|start_header_id|>assistant<|end_header_id|>"),
    others=("llama", "llama3"),
    wording=wordings.LLAMA3,
)
