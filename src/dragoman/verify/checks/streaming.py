"""A streamed answer: its events, their order and framing, and how fast they come."""

from itertools import pairwise

from dragoman.verify.dialects import Question, Reply, user
from dragoman.verify.outcome import Failed, Latency, Seen, Unproved
from dragoman.verify.talk import Check, Talk

QUESTION = Question(user("Count from one to thirty in words, separated by commas."), max_tokens=96)
AT_ONCE = 5000.0
"""Pieces per second that no engine makes for one reader: they were held back and came in one lump."""


async def run(talk: Talk) -> Seen:
    reply = await talk.ask(QUESTION)
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    if not reply.times:
        made = reply.usage.output or 0
        if made > 8:
            raise Failed(f"{made} tokens were made, and no text came")
        raise Unproved("the stream is in order, and the model said nothing in it")
    if lump(reply):
        raise Failed(
            f"the whole answer came in one lump after {reply.times[0]:.1f} s: something holds it back",
            "switch buffering off in what stands between (nginx: `proxy_buffering off`)",
        )
    seen = latency(reply)
    told = f"first piece after {seen.first:.2f} s, {len(reply.times)} pieces"
    return Seen(told, seen)


def lump(reply: Reply) -> bool:
    """Whether pieces came faster than tokens can be made, after a wait in which they were made.

    A few say nothing: noise that is no text yet is held back by the engine itself.
    """
    pieces, span = len(reply.times), reply.times[-1] - reply.times[0]
    return pieces >= 16 and reply.times[0] > 0.5 and span * AT_ONCE < pieces


def latency(reply: Reply) -> Latency:
    times = list(dict.fromkeys(reply.times))  # pieces of one read came at once
    gaps = [after - before for before, after in pairwise(times)]
    return Latency(reply.head, reply.times[0], gaps, reply.usage.output)


CHECK = Check(
    title="streaming",
    proves="events come in the order and framing that clients read, piece by piece as they are made",
    how="some 60 tokens, streamed; each event against the protocol's grammar; times of all pieces",
    mend="clients drop such a stream or lose parts of it: put `dragoman serve --upstream URL` before it",
    rank=31,
    quick=True,
    run=run,
)
