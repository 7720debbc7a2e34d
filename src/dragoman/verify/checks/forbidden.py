"""Tools that are on offer and may not be called."""

from dragoman.verify.calls import CHOICE, MARKUP, weather
from dragoman.verify.dialects import Question, short, user
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

QUESTION = Question(
    user("What is the weather like in Paris? Use the tool get_weather."),
    (weather(),),
    "none",
    max_tokens=96,
)


async def run(talk: Talk) -> Seen:
    reply = await talk.ask(QUESTION)
    if reply.calls:
        raise Failed(f"no call was allowed, and {short(reply.calls[0].name, 40)} was called")
    if reply.stop == "tool":
        raise Failed("no call was allowed, and the stop reason says that one was made")
    tried = any(mark in reply.text for mark in MARKUP)
    return Seen("no call" + ("; the model tried, and it stayed text" if tried else ""))


CHECK = Check(
    title="forbidden tools",
    proves="with tool_choice none there is no call, whatever the question",
    how="a question that asks for a call, which is not allowed, streamed",
    mend=CHOICE,
    rank=46,
    needs=("speaks", "streaming"),
    run=run,
)
