"""Cohere: JSON between `<|START_ACTION|>` and `<|END_ACTION|>`; Command R: a fence after `Action:`."""

from dragoman.toolcalls._parts.format import Format, Thinking
from dragoman.toolcalls._parts.tagged import json_reader

CLOSER = "<|END_ACTION|>"
FENCED = "Action: ```json"

FORMAT = Format(
    openers={"<|START_ACTION|>": json_reader(CLOSER), FENCED: json_reader("```")},
    own=(FENCED,),
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
