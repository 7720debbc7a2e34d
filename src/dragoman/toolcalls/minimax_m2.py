"""MiniMax M2: `<invoke name="N">` with `<parameter name="K">`, several in one `<minimax:tool_call>`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.families import MINIMAX
from dragoman.toolcalls._parts.format import Format

READ = markup_reader(MINIMAX)

FORMAT = Format(
    openers=dict.fromkeys(MINIMAX.block_opens, READ),
    leaks=dict.fromkeys(MINIMAX.calls, READ),
    closers=MINIMAX.closers,
    noise=("[e~[",),
    others=("minimax",),
    wording=wordings.MINIMAX,
)
