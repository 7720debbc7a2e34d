"""DeepSeek V3.2: `<｜DSML｜invoke name="N">` in `<｜DSML｜function_calls>`."""

from dragoman.toolcalls._parts import deepseek_wordings as wordings
from dragoman.toolcalls._parts.deepseek import NOISE
from dragoman.toolcalls._parts.families import ANTHROPIC, dsml
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import markup_or_json

FORM = dsml("function_calls")

FORMAT = Format(
    openers=dict.fromkeys((*FORM.block_opens, *FORM.calls), markup_or_json(FORM)),
    leaks=dict.fromkeys((*ANTHROPIC.block_opens, *ANTHROPIC.calls), markup_or_json(ANTHROPIC)),
    closers=FORM.closers,
    noise=NOISE,
    others=("deepseek_v32",),
    wording=wordings.DSML_V32,
)
