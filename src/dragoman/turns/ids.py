"""Ids of tool calls in the form that a model's family insists on (`Profile.ids`).

They follow from the conversation alone, so that nothing is stored, the same conversation always
gives the same ids, and a longer one begins with those of the shorter: its prompt stays a prefix.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from string import ascii_letters, digits

from msgspec.structs import replace

from dragoman.model.profile import Ids
from dragoman.model.turn import Block, Request, ToolCall, ToolResult, Turn

ALPHABET = digits + ascii_letters
LENGTH = 9
NINE = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")


def with_ids(request: Request, form: Ids) -> Request:
    """The request with the ids of its calls and their results in this form; `any` leaves them."""
    if form == "any":
        return request
    naming = Naming(kimi if form == "kimi" else mistral)
    return replace(request, turns=tuple(naming.turn(turn) for turn in request.turns))


class Naming:
    """Gives new ids, turn by turn. Results belong to the calls of the assistant's turn before them."""

    def __init__(self, make: Callable[[ToolCall, int, set[str]], str]) -> None:
        self._make = make
        self._taken: set[str] = set()
        self._waiting: dict[str, list[str]] = {}

    def turn(self, turn: Turn) -> Turn:
        if turn.role == "assistant":
            self._waiting = {}
        return replace(turn, blocks=tuple(self._block(block) for block in turn.blocks))

    def _block(self, block: Block) -> Block:
        match block:
            case ToolCall(id=id):
                new = self._make(block, len(self._taken), self._taken)
                self._taken.add(new)
                self._waiting.setdefault(id, []).append(new)
                return replace(block, id=new)
            case ToolResult(call_id=id) if waiting := self._waiting.get(id):
                # Of calls with one id each has its result, in their order; the last id serves what is left.
                return replace(block, call_id=waiting.pop(0) if len(waiting) > 1 else waiting[0])
        return block


def kimi(call: ToolCall, before: int, _taken: set[str]) -> str:
    """`functions.NAME:IDX`; the template has no other place for the name. IDX counts all calls from 0."""
    return f"functions.{call.name}:{before}"


def mistral(call: ToolCall, _before: int, taken: set[str]) -> str:
    """Nine letters and digits, as the template and the tokenizer of the family check."""
    new, turn = call.id if NINE.fullmatch(call.id) else nine(call.id), 0
    while new in taken:
        turn += 1
        new = nine(f"{call.id}\n{turn}")
    return new


def nine(id: str) -> str:
    number = int.from_bytes(sha256(id.encode("utf-8", "surrogatepass")).digest()[:12])
    made = ""
    for _place in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        made += ALPHABET[digit]
    return made
