"""The recorded request does not fit into the window."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.recorded import messages
from dragoman.doctor.seen import Seen

BYTES_PER_TOKEN = 4
SURELY = 1.3
"""What an estimate must exceed the window by."""
FEW = 3
"""A conversation of more messages can be compacted."""


def judge(seen: Seen) -> list[Finding]:
    request = seen.request
    if request is None or request.wrong:
        return []
    window = seen.window(str(request.body.get("model", "")))
    exact = request.tokens is not None
    tokens = request.tokens if request.tokens is not None else request.size // BYTES_PER_TOKEN
    if not window or tokens <= (window if exact else window * SURELY):
        return []
    long = len(messages(request.body)) > FEW
    return [
        Finding(
            f"The request has {'' if exact else 'about '}{tokens:,} tokens, the window {window:,}.",
            "The engine answers 400, 'maximum context length is ...'; "
            + (
                "the conversation has grown over it." if long else "the tools and instructions alone fill it."
            ),
            "Compact the conversation (/compact), or start the engine with a longer --max-model-len."
            if long
            else 'Offer fewer tools (claude --tools "Bash,Read,Edit,Write", '
            "CLAUDE_CODE_DISABLE_WORKFLOWS=1), or "
            "start the engine with a longer --max-model-len.",
            "It answers in the words on which clients compact, and the conversation goes on." if long else "",
            place=request.file,
        )
    ]


CHECK = Check("a recorded request that exceeds the window", judge)
