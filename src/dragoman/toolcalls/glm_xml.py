"""GLM 4.5 to 5: `<tool_call>N`, then pairs of `<arg_key>` and `<arg_value>`, with or without line ends."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.families import QWEN
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import CLOSER, OPENER, read_bare, read_tagged_glm

FORMAT = Format(
    openers={OPENER: read_tagged_glm},
    leaks={QWEN.calls[0]: read_bare},
    closers=(CLOSER, "</arg_value>"),
    noise=("<|user|>", "<|observation|>", "<|endoftext|>"),
    others=("glm45", "glm47", "glm4_moe"),
    wording=wordings.GLM,
)
