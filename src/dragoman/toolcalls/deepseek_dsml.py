"""DeepSeek V3.2: `<｜DSML｜invoke name="N">` in `<｜DSML｜function_calls>`."""

from dragoman.toolcalls._parts import deepseek_wordings as wordings
from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.deepseek import NOISE
from dragoman.toolcalls._parts.families import dsml
from dragoman.toolcalls._parts.format import Format

FORM = dsml("function_calls")

FORMAT = Format(
    openers=dict.fromkeys((*FORM.block_opens, *FORM.calls), markup_reader(FORM)),
    closers=FORM.closers,
    noise=NOISE,
    others=("deepseek_v32",),
    wording=wordings.DSML_V32,
)
