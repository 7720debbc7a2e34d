"""The tags of Anthropic's models, which others leak: `<invoke name="N">`, also without a block."""

from dragoman.toolcalls._parts.blocks import read_function_calls
from dragoman.toolcalls._parts.families import ANTHROPIC
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import OPENER, markup_or_json, read_tagged

OWN = ANTHROPIC.block_opens[:2]
OTHERS = (*ANTHROPIC.block_opens[2:], *ANTHROPIC.calls)

FORMAT = Format(
    openers=dict.fromkeys(OWN, read_function_calls),
    leaks={**dict.fromkeys(OTHERS, markup_or_json(ANTHROPIC)), OPENER: read_tagged},
    closers=ANTHROPIC.closers,
    others=("anthropic",),
)
