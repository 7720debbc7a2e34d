"""Kimi K2: `<|tool_call_begin|>functions.N:IDX<|tool_call_argument_begin|>{…}<|tool_call_end|>`."""

import re

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.sections import Section, read_sections
from dragoman.toolcalls._parts.source import Reading

ID = re.compile(r"(?:functions\.)?(.*?)(:\d+)?\Z", re.DOTALL)


def named(header: str) -> tuple[str, str]:
    id = header.strip()
    match = ID.match(id)
    name = match[1] if match else id
    return name, id if match and match[2] else ""


SECTION = Section(
    begins=("<|tool_call_begin|>",),
    separates=("<|tool_call_argument_begin|>",),
    ends=("<|tool_call_end|>",),
    block_opens=("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>"),
    block_closes=("<|tool_calls_section_end|>", "<|tool_call_section_end|>"),
    named=named,
)


def read(calls: Calls, opener: str) -> Reading[None]:
    yield from read_sections(calls, SECTION, begun=opener in SECTION.begins)


FORMAT = Format(
    openers=dict.fromkeys((*SECTION.block_opens, *SECTION.begins), read),
    closers=(*SECTION.ends, *SECTION.block_closes),
    noise=("<|im_end|>",),
    others=("kimi",),
    wording=wordings.KIMI_K2,
)
