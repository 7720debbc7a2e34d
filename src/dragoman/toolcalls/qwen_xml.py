"""Qwen3-Coder, Qwen3.5, Nemotron 3, MiMo: `<function=N>` with `<parameter=K>` in `<tool_call>`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.families import QWEN
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.grammar import QWEN_XML
from dragoman.toolcalls._parts.tagged import CLOSER, OPENER, read_bare, read_tagged

FORMAT = Format(
    openers={OPENER: read_tagged},
    leaks={QWEN.calls[0]: read_bare},
    closers=(CLOSER, "</function>"),
    noise=("<|im_end|>",),
    others=("qwen3_coder", "qwen3_xml", "qwen35", "nemotron", "mimo", "stepfun"),
    grammar=QWEN_XML,
    wording=wordings.QWEN,
)
