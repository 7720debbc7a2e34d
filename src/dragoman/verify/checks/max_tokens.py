"""`max_tokens`: more than fits must be served all the same, and a small one must be kept."""

from dataclasses import replace

from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import Refused
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

USUAL = 64_000
"""What Claude Code asks for, at most, unless it is told otherwise."""
QUESTION = Question(user("Tell me a story about a lighthouse, in five sentences."))
FEW = 5


async def run(talk: Talk) -> Seen:
    room = max(talk.endpoint.window or 0, USUAL)
    try:
        async with talk.asking(replace(QUESTION, max_tokens=room)) as stream:
            async for _ in stream.pieces():
                break
    except Refused as refused:
        raise Failed(f"{room:,} tokens of room are refused: {refused}") from None
    reply = await talk.ask(replace(QUESTION, max_tokens=FEW))
    made = reply.usage.output or 0
    if made > FEW:
        raise Failed(f"{FEW} tokens were allowed, and {made} came", "the limit is lost on the way")
    if made == FEW and reply.stop not in ("length", "end"):
        raise Failed(f"{FEW} tokens were allowed, and the stop reason is {reply.stop}")
    return Seen(f"{room:,} are taken; of {FEW} allowed {made} came, stop reason {reply.stop}")


CHECK = Check(
    title="max_tokens",
    proves="a prompt that fits is served whatever room is asked for, and a small limit is kept",
    how="as many tokens of room as the window has, hung up after the first; then five",
    mend="Claude Code asks for 32,000 and more: set CLAUDE_CODE_MAX_OUTPUT_TOKENS, or put `dragoman serve` "
    "before the engine, which makes it fit",
    rank=64,
    needs=("speaks", "streaming"),
    run=run,
)
