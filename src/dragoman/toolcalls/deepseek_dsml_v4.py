"""DeepSeek V4: the markup of V3.2 in `<｜DSML｜tool_calls>`."""

from dragoman.toolcalls._parts import deepseek_wordings as wordings
from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.deepseek import NOISE
from dragoman.toolcalls._parts.families import dsml
from dragoman.toolcalls._parts.format import Format

FORM = dsml("tool_calls")

FORMAT = Format(
    openers=dict.fromkeys((*FORM.block_opens, *FORM.calls), markup_reader(FORM)),
    closers=FORM.closers,
    noise=NOISE,
    others=("deepseek_v4",),
    wording=wordings.DSML_V4,
)
