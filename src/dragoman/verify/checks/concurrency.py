"""Eight at once: all are served, and nothing of them is mixed."""

import asyncio
import time

from dragoman.verify.dialects import Question, Reply, user
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

AT_ONCE = 8
WORDS = " and the lamp of the lighthouse turns" * 4


async def run(talk: Talk) -> Seen:
    began = time.monotonic()
    await talk.ask(question(0))
    alone = time.monotonic() - began
    began = time.monotonic()
    replies = await asyncio.gather(
        *(talk.ask(question(number)) for number in range(AT_ONCE)), return_exceptions=True
    )
    took = time.monotonic() - began
    failed = [reply for reply in replies if isinstance(reply, BaseException)]
    if failed:
        raise Failed(f"{len(failed)} of {AT_ONCE} at once were not served: {failed[0]}")
    judge([reply for reply in replies if isinstance(reply, Reply)])
    return Seen(f"{AT_ONCE} in {took:.2f} s, one alone in {alone:.2f} s")


def question(number: int) -> Question:
    """Each is longer than the one before it, which its count of tokens shows."""
    return Question(user("Say hello" + WORDS * number + "."), max_tokens=24)


def judge(replies: list[Reply]) -> None:
    """Raises Failed where replies are broken or mixed."""
    if broken := next((reply.breaches for reply in replies if reply.breaches), None):
        raise Failed("; ".join(broken))
    if len({reply.id for reply in replies}) < len(replies):
        raise Failed("two replies have the same id, and clients take them for one")
    sizes = [reply.usage.input for reply in replies]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes) and known != sorted(set(known)):
        raise Failed(f"replies are mixed up: prompts that grow have {', '.join(map(str, known))} tokens")


CHECK = Check(
    title="concurrency",
    proves=f"{AT_ONCE} requests at once are all served, each with its own answer",
    how="eight prompts, each longer than the one before, streamed at once; their ids and counts",
    mend="raise the engine's --max-num-seqs or the limits of what stands before it",
    rank=74,
    needs=("speaks", "streaming"),
    limit=120.0,
    run=run,
)
