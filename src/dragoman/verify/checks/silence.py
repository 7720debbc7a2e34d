"""A long prompt: while the engine reads it, the line must not be silent for long."""

import uuid

from dragoman.verify.dialects import Question, user
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

SILENCE_S = 15.0
"""Seconds after which proxies and clients begin to doubt."""
MOST = 12_000
"""Words of the prompt, at most; a third of the window else."""


async def run(talk: Talk) -> Seen:
    words = min((talk.endpoint.window or MOST * 3) // 3, MOST)
    text = (
        f"Log {uuid.uuid4()}. " + "The lamp of the lighthouse is lit at dusk. " * (words // 9) + "Is it long?"
    )
    reply = await talk.ask(Question(user(text), max_tokens=2))
    longest = max(reply.silences)
    size = f"{reply.usage.input:,} tokens" if reply.usage.input else f"{words:,} words"
    first = f", first piece after {reply.times[0]:.1f} s" if reply.times else ""
    if longest > SILENCE_S:
        raise Failed(f"a prompt of {size}: no byte for {longest:.1f} s{first}")
    return Seen(f"a prompt of {size}: never more than {longest:.1f} s without a byte{first}")


CHECK = Check(
    title="long prompt",
    proves=f"no silence of over {SILENCE_S:g} s while a long prompt is read: pings keep the line alive",
    how="a prompt of up to 12,000 words that no cache knows, streamed; the times between bytes",
    mend="clients and proxies give up: put `dragoman serve` before the engine, which sends pings (vLLM's: "
    "--sse-keep-alive-interval 10, in OpenAI's protocol alone)",
    rank=76,
    needs=("speaks", "streaming"),
    limit=240.0,
    run=run,
)
