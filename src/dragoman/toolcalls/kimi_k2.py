"""Kimi K2: `<|tool_call_begin|>functions.N:IDX<|tool_call_argument_begin|>{…}<|tool_call_end|>`."""

import re

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.bare import STARTS
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.format import THINK, Format, Thinking
from dragoman.toolcalls._parts.markup import next_tag
from dragoman.toolcalls._parts.sections import Section, read_sections
from dragoman.toolcalls._parts.source import Reading

ID = re.compile(r"(?:functions\.)?(.*?)(:\d+)?\Z", re.DOTALL)
NAMELESS = re.compile(r"\d*|call_(?:\d+|[0-9a-f]{6,})|toolu_\w+|chatcmpl-tool-\w+")
"""An id of some engine's in the place of the family's own: it says no name."""


def named(header: str) -> tuple[str, str]:
    id = header.strip()
    match = ID.match(id)
    name = match[1] if match else id
    if NAMELESS.fullmatch(name):
        return "", id
    return name, id if match and match[2] else ""


SECTION = Section(
    begins=("<|tool_call_begin|>",),
    separates=("<|tool_call_argument_begin|>",),
    ends=("<|tool_call_end|>",),
    block_opens=("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>"),
    block_closes=("<|tool_calls_section_end|>", "<|tool_call_section_end|>"),
    named=named,
    nameless=True,
)


def read(calls: Calls, opener: str) -> Reading[None]:
    yield from read_sections(calls, SECTION, begun=opener in SECTION.begins)


def read_start(calls: Calls, opener: str) -> Reading[None]:
    """From an id on that begins the answer, its opener being lost."""
    found = opener
    while found:
        calls.notes.append("opener")
        yield from read_sections(calls, SECTION, begun=True)
        found = yield from next_tag(calls.source, (opener,))
        calls.source.pos += len(found)


FORMAT = Format(
    openers=dict.fromkeys((*SECTION.block_opens, *SECTION.begins), read),
    starts={**STARTS, "functions.": read_start},
    thinking=(THINK, Thinking("◁think▷", "◁/think▷", anywhere=True)),
    closers=(*SECTION.ends, *SECTION.block_closes),
    noise=("<|im_end|>",),
    others=("kimi",),
    wording=wordings.KIMI_K2,
)
