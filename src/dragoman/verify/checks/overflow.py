"""A prompt over the window: the one error that agents mend by themselves, if it has the right words."""

import re

from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import Answer
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

TOO_LONG = re.compile(r"prompt is too long[^0-9]*(\d+)\s*tokens?\s*>\s*(\d+)", re.IGNORECASE)
"""Claude Code's own expression: it compacts on this and on nothing else."""
WORDS = "one two three four five six seven eight nine ten "
LARGEST = 2_000_000
"""Tokens of a window past which no prompt is sent."""


async def run(talk: Talk) -> Seen:
    window = talk.endpoint.window
    if window is None:
        raise Lacking("it does not say its window in /v1/models, so that no prompt is known to be over it")
    if window > LARGEST:
        raise Lacking(f"a window of {window:,} tokens is too large to be tried")
    question = Question(user(WORDS * (window // 8)), max_tokens=16, stream=True)
    answer = await talk.post(talk.dialect.body(question, talk.endpoint.model))
    if answer.status == 200:
        raise Failed(f"a prompt of over {window:,} tokens is answered all the same: it is cut, or lost")
    if talk.dialect.NAME == "openai":
        return for_openai(answer)
    said = answer.said()
    found = TOO_LONG.search(said)
    if answer.status != 400 or not found:
        raise Failed(f"Claude Code does not compact on {answer.status}: {said}")
    tokens, maximum = int(found[1]), int(found[2])
    if not tokens > maximum:
        raise Failed(f"the numbers make no sense: {said}")
    return Seen(f"400 {found[0]} maximum")


def for_openai(answer: Answer) -> Seen:
    said = answer.said()
    if answer.status != 400 or "context" not in answer.text.lower():
        raise Failed(f"no client knows {answer.status} for a prompt that is too long: {said}")
    if "context_length_exceeded" in answer.text:
        return Seen("400 context_length_exceeded")
    return Seen(f"400 without the code context_length_exceeded: {said}")


CHECK = Check(
    title="context overflow",
    proves="a prompt over the window is refused with the words on which clients compact, and not cut",
    how="a prompt of a quarter more words than the window has tokens",
    mend="Claude Code's session dies of it instead of compacting: put `dragoman serve` before it",
    rank=62,
    limit=120.0,
    run=run,
)
