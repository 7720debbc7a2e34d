"""Stop sequences: the text ends before them, and the reply says which one it was."""

from dataclasses import replace

from dragoman.verify.dialects import Question, short, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

STOPS = ("e", "a", "o", "n")
"""What any model writes soon, whatever it says."""
QUESTION = Question(
    user("Tell me in one long sentence what a lighthouse is for."), max_tokens=32, stop=STOPS, stream=False
)


async def run(talk: Talk) -> Seen:
    free = await talk.ask(replace(QUESTION, stop=()))
    reply = await talk.ask(QUESTION)
    if found := next((stop for stop in STOPS if stop in reply.text), ""):
        raise Failed(f"the text goes on past the stop sequence {found!r}: {short(reply.text, 60)!r}")
    if not any(stop in free.text for stop in STOPS):
        raise Unproved("the model writes none of the stop sequences")
    if talk.dialect.NAME == "anthropic" and (reply.stop != "stop" or reply.stop_text not in STOPS):
        raise Failed(f"the stop reason is {reply.stop or 'missing'} and names {reply.stop_text or 'none'}")
    if talk.dialect.NAME == "openai" and reply.stop != "end":
        raise Failed(f"the finish reason is {reply.stop or 'missing'}")
    return Seen(f"{len(free.text)} characters without, {len(reply.text)} with them")


CHECK = Check(
    title="stop sequences",
    proves="the text ends before the first of them, and the stop reason says so",
    how="four letters as stop sequences, which any text holds; the same question without them",
    mend="stop sequences are lost on the way: put `dragoman serve --upstream URL` before the engine",
    rank=54,
    run=run,
)
