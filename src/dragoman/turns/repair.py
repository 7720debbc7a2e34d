"""Calls that cannot be run as the model wrote them.

Of a whole reply nothing has been sent yet, so a call that is no JSON object is given back as the
text that it is; one that the length limit cut is dropped.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from dragoman.model.reply import Part, Reply, is_object
from dragoman.model.turn import Text, ToolCall


def settle(reply: Reply) -> Reply:
    """The reply with no call in it that a client could not run."""
    if all([is_object(call.arguments) for call in reply.calls]):
        return reply
    return replace(reply, blocks=tuple(settled(reply)))


def settled(reply: Reply) -> Iterator[Part]:
    for block in reply.blocks:
        if not isinstance(block, ToolCall) or is_object(block.arguments):
            yield block
        elif not block.arguments.strip():
            yield replace(block, arguments="{}")
        elif reply.stopped.reason != "length":
            yield Text(f"{block.name}({block.arguments})")
