"""Step 3: `<steptml:invoke name="N">` between DeepSeek's tokens."""

from dragoman.toolcalls._parts.deepseek import BLOCK_CLOSES, CLOSES, NOISE, OPENERS
from dragoman.toolcalls._parts.families import STEP
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import markup_or_json

FORMAT = Format(
    openers=OPENERS,
    leaks=dict.fromkeys(STEP.calls, markup_or_json(STEP)),
    closers=(*CLOSES, *BLOCK_CLOSES),
    noise=NOISE,
)
