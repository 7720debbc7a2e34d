"""Cohere Command: a JSON object or list between `<|START_ACTION|>` and `<|END_ACTION|>`."""

from dragoman.toolcalls._parts.format import Format, Thinking
from dragoman.toolcalls._parts.tagged import json_reader

CLOSER = "<|END_ACTION|>"

FORMAT = Format(
    openers={"<|START_ACTION|>": json_reader(CLOSER)},
    thinking=(Thinking("<|START_THINKING|>", "<|END_THINKING|>", anywhere=True),),
    closers=(CLOSER,),
    noise=(
        "<|START_RESPONSE|>",
        "<|END_RESPONSE|>",
        "<|START_TEXT|>",
        "<|END_TEXT|>",
        "<|END_OF_TURN_TOKEN|>",
    ),
    others=("command", "cohere_command"),
)
