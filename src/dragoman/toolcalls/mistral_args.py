"""Mistral v11 and v13: `[TOOL_CALLS]N[CALL_ID]id[ARGS]{…}`, repeated for each call."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.blocks import MISTRAL, read_mistral
from dragoman.toolcalls._parts.format import THINK, Format, Thinking

FORMAT = Format(
    openers={MISTRAL: read_mistral},
    thinking=(THINK, Thinking("[THINK]", "[/THINK]", anywhere=True)),
    closers=("[/TOOL_CALLS]",),
    noise=("</s>",),
    others=("mistral_v11", "mistral_v13"),
    wording=wordings.MISTRAL_ARGS,
)
