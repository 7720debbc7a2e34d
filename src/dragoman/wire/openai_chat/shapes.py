"""A call of a tool as the client reads it, in the shape in which it offered the tool (see tools.py)."""

from typing import Any

from dragoman.model.turn import ToolCall
from dragoman.wire.freeform import Unwrapping, unwrap
from dragoman.wire.openai_chat.tools import Shape


class ShapedCall:
    """One streamed call. Each method returns the delta of a chunk, or None where nothing is to be sent."""

    def __init__(self, shape: Shape, index: int, id: str, name: str) -> None:
        self._shape, self._index, self._id, self._name = shape, index, id, name
        self._unwrapping = Unwrapping()

    def start(self) -> dict[str, Any] | None:
        """`function_call` has room for one call; whatever follows it is not sent."""
        if self._shape == "legacy":
            named = {"name": self._name, "arguments": ""}
            return None if self._index else {"function_call": named}
        called = fields(self._shape, self._name, "")
        return {"tool_calls": [{"index": self._index, "id": self._id, **called}]}

    def feed(self, arguments: str) -> dict[str, Any] | None:
        """The next piece of the arguments in JSON."""
        if self._shape == "legacy":
            return None if self._index else {"function_call": {"arguments": arguments}}
        return self._text(self._unwrapping.feed(arguments))

    def close(self) -> dict[str, Any] | None:
        """The call has ended."""
        return None if self._shape == "legacy" else self._text(self._unwrapping.close())

    def _text(self, text: str) -> dict[str, Any] | None:
        if not text:
            return None
        kind, name = ("custom", "input") if self._shape == "custom" else ("function", "arguments")
        return {"tool_calls": [{"index": self._index, kind: {name: text}}]}


def fields(shape: Shape, name: str, given: str) -> dict[str, Any]:
    """What a call has beside its id."""
    if shape == "custom":
        return {"type": "custom", "custom": {"name": name, "input": given}}
    return {"type": "function", "function": {"name": name, "arguments": given}}


def whole(shape: Shape, call: ToolCall) -> dict[str, Any]:
    """A call of a whole reply."""
    given = unwrap(call.arguments) if shape in ("text", "custom") else call.arguments
    return {"id": call.id, **fields(shape, call.name, given)}
