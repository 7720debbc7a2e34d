"""xLAM: a JSON list of calls, that begins the answer, stands in a fence or after a tag of others."""

from dragoman.toolcalls._parts.blocks import MISTRAL, read_mistral
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import CLOSER, OPENER, read_tagged

FORMAT = Format(
    openers={OPENER: read_tagged, MISTRAL: read_mistral},
    closers=(CLOSER,),
    others=("bare_json_list",),
)
