"""The way back: results of calls reach the model, each whole, and the model goes on from them."""

from dataclasses import replace

from dragoman.verify.calls import unread, weather
from dragoman.verify.dialects import Call, Message, Question, short
from dragoman.verify.outcome import Failed, Lacking, Seen, Unproved
from dragoman.verify.talk import Check, Talk

ID, SECOND = "toolu_verify_1", "toolu_verify_2"
CALLS = (Call(ID, "get_weather", '{"city": "Paris"}'), Call(SECOND, "get_weather", '{"city": "Rome"}'))
SAID = "17 degrees, light rain"
FILLER = " and the wind is weak" * 40


def question(filler: str = "") -> Question:
    """Two results, in the other order than their calls, as Claude Code sends them."""
    return Question(
        (
            Message("user", "What is the weather like in Paris, and what in Rome?"),
            Message("assistant", "I will look.", CALLS),
            Message("user", results=((SECOND, "31 degrees, sun" + filler), (ID, SAID))),
        ),
        (weather(),),
        max_tokens=256,
    )


async def run(talk: Talk) -> Seen:
    short_one = await talk.ask(replace(question(), max_tokens=1, stream=False))
    long_one = await talk.ask(replace(question(FILLER), max_tokens=1, stream=False))
    before, after = short_one.usage.input, long_one.usage.input
    if before is None or after is None:
        raise Lacking("it tells no usage, so that nobody can see what reaches the model")
    if after < before + 40:
        raise Failed(
            f"a result of {len(FILLER)} characters more made {after - before} tokens more: it is lost"
        )
    reply = await talk.hear(question())
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    unread(reply, question())
    if "17" in reply.text and "31" in reply.text:
        return Seen(short(reply.text, 60))
    raise Unproved(f"the results reached the model, and it said {short(reply.text, 60)!r}")


CHECK = Check(
    title="tool result",
    proves="results of two calls, in any order, reach the model, and its answer holds what they say",
    how="a past turn with two calls and their results; tokens of the prompt with a short and a long result",
    mend="the chat template or the gateway drops results: put `dragoman serve --upstream URL` before it",
    rank=44,
    needs=("speaks", "streaming"),
    skill=True,
    limit=90.0,
    run=run,
)
