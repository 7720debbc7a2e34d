"""DeepSeek V3.1: `<｜tool▁call▁begin｜>N<｜tool▁sep｜>{…}<｜tool▁call▁end｜>`, without a fence."""

from dragoman.toolcalls._parts import deepseek_wordings as wordings
from dragoman.toolcalls._parts.deepseek import BLOCK_CLOSES, CLOSES, NOISE, OPENERS
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(openers=OPENERS, closers=(*CLOSES, *BLOCK_CLOSES), noise=NOISE, wording=wordings.DEEPSEEK_V31)
