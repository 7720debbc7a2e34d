"""The engine's prefix cache: what was read once must not be read again at the next turn."""

import time
import uuid

from dragoman.verify import meters
from dragoman.verify.dialects import Question, Reply, user
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

LEAST = 0.5
"""The part of a repeated prompt that must come from the cache; it goes by blocks."""


async def run(talk: Talk) -> Seen:
    lines = (f"{number}. The lamp of the lighthouse is lit at dusk." for number in range(120))
    text = f"The log {uuid.uuid4()}:\n" + "\n".join(lines) + "\nIs it long?"
    question = Question(user(text), max_tokens=1, stream=False)
    first, took = await timed(talk, question)
    hits = await meters.read(talk.endpoint, meters.HITS)
    again, took_again = await timed(talk, question)
    more = await meters.read(talk.endpoint, meters.HITS)
    told = again.usage.cached
    counted = None if hits is None or more is None else more - hits
    total = again.usage.input or first.usage.input or 0
    times = f"{took:.2f} s, then {took_again:.2f} s"
    if told:
        return enough(told, total, f"{told} of {total} tokens from the cache, by usage; {times}")
    if counted:
        return enough(counted, total, f"{counted:g} of {total} tokens from the cache, by metrics; {times}")
    if counted is not None:
        raise Failed(f"the same prompt of {total} tokens twice, and none came from the cache; {times}")
    raise Lacking(f"neither usage nor metrics say what came from the cache; {times}")


def enough(cached: float, total: int, said: str) -> Seen:
    if cached < LEAST * total:
        raise Failed(said)
    return Seen(said)


async def timed(talk: Talk, question: Question) -> tuple[Reply, float]:
    began = time.monotonic()
    return await talk.ask(question), time.monotonic() - began


CHECK = Check(
    title="prefix cache",
    proves="the engine's prefix cache is on, and what stands before the engine leaves prompts as they are",
    how="the same long prompt twice; cached tokens by usage, else by the engine's metrics",
    mend="is the engine started with --no-enable-prefix-caching? If not, something before it changes prompts",
    rank=72,
    limit=90.0,
    run=run,
)
