"""Step 3: `<steptml:invoke name="N">` between DeepSeek's tokens."""

from dragoman.toolcalls._parts.deepseek import BLOCK_CLOSES, CLOSES, NOISE, OPENERS
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(openers=OPENERS, closers=(*CLOSES, *BLOCK_CLOSES), noise=NOISE)
