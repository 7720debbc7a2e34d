"""A client that goes away: the engine must stop its work at once."""

import asyncio
import time

from dragoman.verify import meters
from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import Asking, Endpoint
from dragoman.verify.outcome import Failed, Lacking, Seen, Unproved
from dragoman.verify.talk import Check, Talk

TEXT = "Count from one to two thousand, in words, one number per line, and leave none out."
SOON = 5.0
"""Seconds in which the engine must have stopped."""
OFTEN = 0.1


async def run(talk: Talk) -> Seen:
    endpoint = talk.endpoint
    before = await meters.read(endpoint, meters.RUNNING)
    if before is None:
        raise Lacking("no metrics of the engine can be reached, so that nobody can see whether it stops")
    # Where an engine takes it, it goes on even if the model has nothing more to say.
    endless = {"ignore_eos": True} if endpoint.kind.startswith(("Dragoman", "vLLM")) else {}
    room = (endpoint.window or 8192) // 2
    async with talk.asking(Question(user(TEXT), max_tokens=room, extra=endless)) as stream:
        seen = await at_work(stream, endpoint, before)
    if not seen:
        raise Unproved("the answer was over before anybody could hang up")
    began = time.monotonic()
    while (now := await meters.read(endpoint, meters.RUNNING) or 0.0) > before:
        if time.monotonic() - began > SOON:
            raise Failed(f"{SOON:g} s after the client hung up the engine still works on {now:g} requests")
        await asyncio.sleep(OFTEN)
    return Seen(f"the engine stopped within {time.monotonic() - began:.1f} s")


async def at_work(stream: Asking, endpoint: Endpoint, before: float) -> bool:
    """Whether the engine was seen at work on it."""
    async for _ in stream.pieces():
        if (await meters.read(endpoint, meters.RUNNING) or 0.0) > before:
            return True
    return False


CHECK = Check(
    title="cancellation",
    proves="the engine stops when the client hangs up, and does not write for nobody",
    how="a long answer, hung up in its middle; the engine's own count of running requests",
    mend="abandoned requests take the place of others (LiteLLM: `cancel_on_disconnect: true`): put "
    "`dragoman serve` before the engine",
    rank=70,
    needs=("speaks", "streaming"),
    run=run,
)
