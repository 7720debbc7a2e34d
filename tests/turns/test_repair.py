"""A whole reply holds no call that a client cannot run."""

import pytest

from dragoman.model.events import Stopped, StopReason, Usage
from dragoman.model.reply import Reply
from dragoman.model.turn import Text, ToolCall
from dragoman.turns.repair import settle

CASES: dict[str, tuple[str, StopReason, tuple[Text | ToolCall, ...]]] = {
    "a good call stays": ('{"a":1}', "tool", (ToolCall("1", "f", '{"a":1}'),)),
    "no arguments are empty ones": (" ", "tool", (ToolCall("1", "f", "{}"),)),
    "a call that is no JSON is given back as text": ("ls -la", "tool", (Text("f(ls -la)"),)),
    "a list is no arguments": ("[1]", "end", (Text("f([1])"),)),
    "a call cut by the length is dropped": ('{"a', "length", ()),
    "a call cut before its arguments is dropped": ("{", "length", ()),
    "a whole call before the cut stays": ('{"a":1}', "length", (ToolCall("1", "f", '{"a":1}'),)),
}


@pytest.mark.requirement("CC-45")
@pytest.mark.requirement("CC-49")
@pytest.mark.parametrize(("arguments", "reason", "blocks"), CASES.values(), ids=CASES)
def test_settle(arguments: str, reason: StopReason, blocks: tuple[Text | ToolCall, ...]) -> None:
    reply = Reply((Text("a"), ToolCall("1", "f", arguments)), Stopped(reason), Usage())
    assert settle(reply).blocks == (Text("a"), *blocks)
    assert settle(settle(reply)) == settle(reply)
