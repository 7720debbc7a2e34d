"""MiniMax M2: `<invoke name="N">` with `<parameter name="K">`, several in one `<minimax:tool_call>`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.families import MINIMAX
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import OPENER, markup_or_json, read_tagged

READ = markup_or_json(MINIMAX)
OWN = MINIMAX.block_opens[:2]
OTHERS = (*MINIMAX.block_opens[2:], *MINIMAX.calls)

FORMAT = Format(
    openers=dict.fromkeys(OWN, READ),
    leaks={**dict.fromkeys(OTHERS, READ), OPENER: read_tagged},
    closers=MINIMAX.closers,
    noise=("[e~[",),
    others=("minimax",),
    wording=wordings.MINIMAX,
)
