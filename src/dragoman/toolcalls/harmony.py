"""gpt-oss: channels; `<|channel|>commentary to=functions.N<|message|>{…}<|call|>` is a call.

The recipient may stand in the role instead. Analysis is thinking, the rest is text.
"""

import re

from dragoman.toolcalls._parts.bare import STARTS
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.format import Format, Thinking
from dragoman.toolcalls._parts.sections import Section, header_before, read_section_arguments
from dragoman.toolcalls._parts.source import END, NotACall, Reading, stands
from dragoman.toolcalls._parts.values import Unfinished

CHANNEL, START, MESSAGE = "<|channel|>", "<|start|>", "<|message|>"
ENDS = ("<|call|>", "<|end|>", "<|return|>")
ROLE = "to=functions."
"""How a reply begins where the prompt ends in the role: the recipient is the role's."""

RECIPIENT = re.compile(r"\bto=([^\s<]+)")
LABEL = re.compile(r"(?:^|<\|channel\|>)\s*(analysis|commentary|final)")
STRAY = re.compile(r"(?:assistant)?(?:<\|channel\|>)?\s*(analysis|commentary|final)\b\s*(?!to=|<\|)")
ENDED = re.compile("|".join(map(re.escape, ENDS)))
ECHO = re.compile(r"\s*(?:commentary|analysis|final|assistant)")
ECHOES = [
    (word, then)
    for word in ("commentary", "analysis", "final", "assistant")
    for then in (CHANNEL, START, END)
]
ARGUMENTS = Section((), (), ENDS, block_closes=(START, CHANNEL), fenced=True)


def read(calls: Calls, opener: str) -> Reading[None]:
    """A message's header: whose it is, and what it is."""
    if opener == ROLE:
        calls.source.pos -= len(opener)
    try:
        header, _ = yield from header_before(calls, (MESSAGE,))
    except NotACall as error:
        _stray(calls, error)
        return
    header = ENDED.split(header)[-1]
    recipient, labels = RECIPIENT.search(header), LABEL.findall(header)
    if recipient and recipient[1] not in ("user", "assistant"):
        yield from _call(calls, recipient[1])
    elif labels or opener == START:
        _turn(calls, labels[-1] if labels else "")
    else:
        raise NotACall


def _turn(calls: Calls, label: str) -> None:
    calls.mode = "thinking" if label == "analysis" else "text"


def _stray(calls: Calls, error: NotACall) -> None:
    """A header that never ends: what stands behind the channel's name is its message."""
    source = calls.source
    stray = STRAY.match(source.text, source.pos)
    if stray is None or (source.cut and isinstance(error, Unfinished)):
        raise error
    source.pos = stray.end()
    _turn(calls, stray[1])


def _call(calls: Calls, recipient: str) -> Reading[None]:
    if not calls.tools:
        raise NotACall
    call = calls.new()
    call.begin(recipient.removeprefix("functions."))
    yield from read_section_arguments(calls, call, ARGUMENTS)
    source = calls.source
    if (yield from stands(source, ECHOES)) and (echo := ECHO.match(source.text, source.pos)):
        source.pos = echo.end()


FORMAT = Format(
    starts={**STARTS, ROLE: read},
    frames={CHANNEL: read, START: read},
    thinking=(Thinking("<|channel|>analysis<|message|>", "<|end|>", anywhere=True),),
    closers=ENDS,
    noise=ENDS,
    others=("gpt_oss", "openai"),
)
