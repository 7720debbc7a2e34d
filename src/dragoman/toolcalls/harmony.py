"""gpt-oss: channels; `<|channel|>commentary to=functions.N<|message|>{…}<|call|>` is a call.

The recipient may stand in the role instead. Analysis is thinking, the rest is text.
"""

import re

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.envelope import read_arguments
from dragoman.toolcalls._parts.format import Format, Thinking
from dragoman.toolcalls._parts.sections import header_before
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.tagged import take_closer
from dragoman.toolcalls._parts.values import Dialect

CHANNEL, START, MESSAGE = "<|channel|>", "<|start|>", "<|message|>"
ENDS = ("<|call|>", "<|end|>", "<|return|>")
RECIPIENT = re.compile(r"\bto=([^\s<]+)")
LABEL = re.compile(r"(?:^|<\|channel\|>)\s*(analysis|commentary|final)\b")
DIALECT = Dialect(closers=(*ENDS, START, CHANNEL))


def read(calls: Calls, opener: str) -> Reading[None]:
    """A message's header: whose it is, and what it is."""
    header, _ = yield from header_before(calls, (MESSAGE,))
    recipient, label = RECIPIENT.search(header), LABEL.search(header)
    if recipient and recipient[1] not in ("user", "assistant"):
        yield from _call(calls, recipient[1])
    elif label or opener == START:
        calls.mode = "thinking" if label and label[1] == "analysis" else "text"
    else:
        raise NotACall


def _call(calls: Calls, recipient: str) -> Reading[None]:
    if not calls.tools:
        raise NotACall
    call = calls.new()
    call.begin(recipient.removeprefix("functions."))
    yield from read_arguments(calls, call, DIALECT)
    while (yield from calls.source.glance()) == "}":
        yield from calls.source.peek()
        calls.source.pos += 1
        call.notes.append("brace")
    calls.finish()
    yield from take_closer(calls, ENDS)


FORMAT = Format(
    frames={CHANNEL: read, START: read},
    thinking=(Thinking("<|channel|>analysis<|message|>", "<|end|>", anywhere=True),),
    closers=ENDS,
    noise=ENDS,
    others=("gpt_oss", "openai"),
)
