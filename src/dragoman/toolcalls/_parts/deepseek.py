"""DeepSeek's tokens: V3, R1, V3.1 and Step 3, with the bars and blanks that servers put in their place."""

from collections.abc import Mapping
from types import MappingProxyType

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.families import STEP
from dragoman.toolcalls._parts.format import Reader
from dragoman.toolcalls._parts.sections import Section, read_sections
from dragoman.toolcalls._parts.source import Reading

BARS, BLANKS = ("｜", "|"), ("▁", "_")


def token(words: str) -> tuple[str, ...]:
    """A token in all its spellings."""
    return tuple(f"<{bar}{words.replace(' ', blank)}{bar}>" for bar in BARS for blank in BLANKS)


BLOCK_OPENS, BLOCK_CLOSES = token("tool calls begin"), token("tool calls end")
OPENS, SEPARATES, CLOSES = token("tool call begin"), token("tool sep"), token("tool call end")
NOISE = (
    *token("end of sentence"),
    *token("tool outputs begin"),
    *token("tool outputs end"),
    *token("tool output begin"),
    *token("tool output end"),
)

SECTION = Section(OPENS, SEPARATES, CLOSES, BLOCK_OPENS, BLOCK_CLOSES, fenced=True, form=STEP)


def read_deepseek(calls: Calls, opener: str) -> Reading[None]:
    yield from read_sections(calls, SECTION, begun=opener in OPENS)


OPENERS: Mapping[str, Reader] = MappingProxyType(dict.fromkeys((*BLOCK_OPENS, *OPENS), read_deepseek))
