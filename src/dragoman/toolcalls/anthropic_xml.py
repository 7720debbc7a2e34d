"""The tags of Anthropic's models, which others leak: `<invoke name="N">`, also without a block."""

from dragoman.toolcalls._parts.blocks import markup_reader, read_function_calls
from dragoman.toolcalls._parts.families import ANTHROPIC
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(
    openers=dict.fromkeys(ANTHROPIC.block_opens, read_function_calls),
    leaks=dict.fromkeys(ANTHROPIC.calls, markup_reader(ANTHROPIC)),
    closers=ANTHROPIC.closers,
    others=("anthropic",),
)
