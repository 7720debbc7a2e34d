"""Several calls in one reply, and only one where the client allows no more."""

from dataclasses import replace

from dragoman.verify.calls import freely, weather, whole
from dragoman.verify.dialects import Question, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

CITIES = ("Paris", "Rome")
QUESTION = Question(
    user(
        "What is the weather like in Paris, and what in Rome? Call get_weather twice at once, once for each."
    ),
    (weather(),),
    max_tokens=256,
)


async def run(talk: Talk) -> Seen:
    reply = await freely(talk, QUESTION, weather(CITIES))
    asked = [str(call.arguments().get("city", "")).lower() for call in reply.calls]
    alone = await talk.ask(replace(QUESTION, single=True))
    whole(alone)
    if len(alone.calls) > 1:
        raise Failed(f"one call was allowed, and {len(alone.calls)} came")
    if len(reply.calls) < 2:
        raise Unproved("the model made one call at a time")
    if any(all(city.lower() not in said for said in asked) for city in CITIES):
        raise Unproved(f"{len(asked)} whole calls came, for other cities: {', '.join(asked)}")
    return Seen(f"{len(asked)} calls: {', '.join(asked)}; one where one was allowed")


CHECK = Check(
    title="parallel calls",
    proves="several calls of one reply stay apart, each with an id of its own; and none but one where the "
    "client wants one",
    how="a question for two cities, streamed, then again with parallel calls forbidden",
    mend="the endpoint mixes calls or ignores what the client allows: put `dragoman serve` before the engine",
    rank=43,
    needs=("speaks", "streaming", "tools_seen"),
    skill=True,
    limit=90.0,
    run=run,
)
