"""DeepSeek V3.1: `<｜tool▁call▁begin｜>N<｜tool▁sep｜>{…}<｜tool▁call▁end｜>`, without a fence."""

from dragoman.toolcalls._parts.deepseek import BLOCK_CLOSES, CLOSES, NOISE, OPENERS
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(openers=OPENERS, closers=(*CLOSES, *BLOCK_CLOSES), noise=NOISE)
