"""Stop sequences: the text ends before them, and the reply says which one it was."""

from dragoman.verify.dialects import Question, short, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

STOPS = ("e", "a", "o", "n")
"""What any model writes soon, whatever it says."""
QUESTION = Question(
    user("Tell me in one long sentence what a lighthouse is for."), max_tokens=200, stop=STOPS, stream=False
)


async def run(talk: Talk) -> Seen:
    reply = await talk.ask(QUESTION)
    if found := next((stop for stop in STOPS if stop in reply.text), ""):
        raise Failed(f"the text goes on past the stop sequence {found!r}: {short(reply.text, 60)!r}")
    if reply.stop == "length":
        raise Unproved("the model wrote none of the stop sequences")
    if talk.dialect.NAME == "anthropic":
        if reply.stop == "end" and (reply.usage.output or 0) < 4:
            raise Unproved("the model said next to nothing, and none of the stop sequences")
        if reply.stop != "stop" or reply.stop_text not in STOPS:
            raise Failed(f"the stop reason is {reply.stop} and names {reply.stop_text or 'none'}")
        return Seen(f"ended before {reply.stop_text!r}, and says so")
    if reply.stop != "end":
        raise Failed(f"the finish reason is {reply.stop}")
    return Seen(f"ended before {reply.stop_text!r}" if reply.stop_text else "no stop sequence in the text")


CHECK = Check(
    title="stop sequences",
    proves="the text ends before the first of them, and the stop reason says so",
    how="four letters as stop sequences, which any text holds",
    mend="stop sequences are lost on the way: put `dragoman serve --upstream URL` before the engine",
    rank=54,
    run=run,
)
