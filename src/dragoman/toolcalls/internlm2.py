"""InternLM2: `<|action_start|><|plugin|>{"name": …, "parameters": {…}}<|action_end|>`."""

from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import json_reader

CLOSER = "<|action_end|>"

FORMAT = Format(
    openers={
        "<|action_start|><|plugin|>": json_reader(CLOSER),
        "<|action_start|> <|plugin|>": json_reader(CLOSER),
        "<|action_start|>\n<|plugin|>": json_reader(CLOSER),
    },
    closers=(CLOSER,),
    noise=("<|im_end|>",),
    others=("internlm",),
)
