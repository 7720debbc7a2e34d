"""Phi-4-mini: `functools[{"name": …, "arguments": {…}}]`."""

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.source import Reading
from dragoman.toolcalls._parts.tagged import json_reader

JSON = json_reader("<|/tool_call|>")
OPENERS = ("functools[", "functools{", "functools [", "functools\n[")


def read(calls: Calls, opener: str) -> Reading[None]:
    calls.source.pos -= 1
    yield from JSON(calls, opener)


FORMAT = Format(
    openers={**dict.fromkeys(OPENERS, read), "<|tool_call|>": JSON},
    closers=("<|/tool_call|>",),
    noise=("<|end|>",),
    others=("phi4",),
)
