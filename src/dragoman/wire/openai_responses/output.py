"""What a reply is made of: items, as they grow and as they stand in the end.

Four kinds, which differ only in what the table says; the same values make streamed and whole replies.
"""

from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.json import encode

from dragoman.model.events import CallStarted
from dragoman.model.reply import is_object
from dragoman.wire.freeform import Unwrapping
from dragoman.wire.openai_responses.tools import Origin


class Kind(Struct, frozen=True):
    """`delta` and `done` name the events, `field` what they carry; `part` is the type of a content part."""

    type: str
    prefix: str
    delta: str
    done: str
    field: str
    part: str = ""


MESSAGE = Kind(
    "message", "msg_", "response.output_text.delta", "response.output_text.done", "text", "output_text"
)
REASONING = Kind(
    "reasoning",
    "rs_",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "text",
    "reasoning_text",
)
FUNCTION = Kind(
    "function_call",
    "fc_",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "arguments",
)
FREEFORM = Kind(
    "custom_tool_call",
    "ctc_",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "input",
)

LOGPROBS: dict[str, Any] = {"logprobs": []}


class Item:
    """One item of a reply. Give it text with `add`, then `finish` it; `whole` says that it is complete."""

    def __init__(self, kind: Kind, reply: str, index: int) -> None:
        self.kind = kind
        self.index = index
        self.id = f"{kind.prefix}{reply}{index:02d}"
        self.whole = bool(kind.part)
        self._pieces: list[str] = []

    @property
    def place(self) -> dict[str, Any]:
        """Where the item's events belong."""
        place: dict[str, Any] = {"item_id": self.id, "output_index": self.index}
        return place | ({"content_index": 0} if self.kind.part else {})

    @property
    def also(self) -> dict[str, Any]:
        """What the event that ends its deltas says besides."""
        return LOGPROBS if self.kind is MESSAGE else {}

    @cached_property
    def frame(self) -> bytes:
        """The event of a delta, open for its sequence number and its text."""
        kind = self.kind.delta.encode()
        place = encode(self.place | LOGPROBS if self.kind is MESSAGE else self.place)[1:-1]
        return b'event: %s\ndata: {"type":"%s","sequence_number":%%d,%s,"delta":%%s}\n\n' % (
            kind,
            kind,
            place,
        )

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def add(self, text: str) -> str:
        """What of this text goes out as a delta."""
        self._pieces.append(text)
        return text

    def finish(self) -> str:
        """Its end is there; a last delta, often empty."""
        return ""

    def part(self) -> dict[str, Any]:
        return part_body(self.kind, self.text)

    def body(self, status: str) -> dict[str, Any]:
        content = [] if status == "in_progress" else [self.part()]
        if self.kind is REASONING:
            return {"id": self.id, "type": "reasoning", "summary": [], "content": content, "status": status}
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }


class CallItem(Item):
    """A call of a tool, under the name that the client gave it. What is cut is not `whole`."""

    def __init__(self, call: CallStarted, origin: Origin | None, reply: str, index: int) -> None:
        self.origin = origin or Origin(call.name)
        super().__init__(FREEFORM if self.origin.freeform else FUNCTION, reply, index)
        self._call_id = call.id
        self._blank = True
        self._unwrapping = Unwrapping() if self.origin.freeform else None

    def add(self, text: str) -> str:
        self._blank = self._blank and not text.strip()
        return super().add(text if self._unwrapping is None else self._unwrapping.feed(text))

    def end(self) -> str:
        """The model has ended the call. Where it wrote no arguments at all, clients want an object."""
        return (self.add("{}") if self._blank else "") + self.finish()

    def finish(self) -> str:
        if self._unwrapping is None:
            self.whole = is_object(self.text)
            return ""
        last = super().add(self._unwrapping.close())
        self.whole = self._unwrapping.complete
        return last

    @property
    def also(self) -> dict[str, Any]:
        return {"name": self.origin.name} if self.kind is FUNCTION else {}

    def body(self, status: str) -> dict[str, Any]:
        body = {
            "id": self.id,
            "type": self.kind.type,
            "status": status,
            "call_id": self._call_id,
            "name": self.origin.name,
            self.kind.field: self.text,
        }
        return body | ({"namespace": self.origin.namespace} if self.origin.namespace else {})


def part_body(kind: Kind, text: str) -> dict[str, Any]:
    if kind is REASONING:
        return {"type": "reasoning_text", "text": text}
    return {"type": "output_text", "text": text, "annotations": [], **LOGPROBS}
