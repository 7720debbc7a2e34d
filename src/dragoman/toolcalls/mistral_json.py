"""Mistral before v11: `[TOOL_CALLS][{"name": …, "arguments": {…}, "id": …}]`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.blocks import MISTRAL, read_mistral
from dragoman.toolcalls._parts.format import THINK, Format, Thinking

FORMAT = Format(
    openers={MISTRAL: read_mistral},
    thinking=(THINK, Thinking("[THINK]", "[/THINK]", anywhere=True)),
    closers=("[/TOOL_CALLS]",),
    noise=("</s>",),
    others=("mistral",),
    wording=wordings.MISTRAL_JSON,
)
