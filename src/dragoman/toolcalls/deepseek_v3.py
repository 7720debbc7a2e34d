"""DeepSeek V3 and R1: `<｜tool▁call▁begin｜>function<｜tool▁sep｜>N`, then the arguments in a JSON fence."""

from dragoman.toolcalls._parts import deepseek_wordings as wordings
from dragoman.toolcalls._parts.deepseek import BLOCK_CLOSES, CLOSES, NOISE, OPENERS
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(
    openers=OPENERS,
    closers=(*CLOSES, *BLOCK_CLOSES),
    noise=NOISE,
    others=("deepseek_v3_ascii", "deepseek_r1", "cogito"),
    wording=wordings.DEEPSEEK_V3,
)
