"""Calls that the client demands: any tool, or this one."""

from dragoman.verify.calls import CHOICE, by_force, unread, weather, whole
from dragoman.verify.dialects import Question, Tool, user
from dragoman.verify.endpoint import Refused
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

CITIES = ("Paris", "Rome")
OTHER = Tool(
    "get_time",
    "The time in a city.",
    {"type": "object", "properties": {"city": {"enum": [*CITIES]}}, "required": ["city"]},
    strict=True,
)


async def run(talk: Talk) -> Seen:
    named = await by_force(talk, weather(CITIES))
    if named.arguments().get("city") not in CITIES:
        raise Unproved(f"the call came, but its arguments are not what the schema allows: {named.raw}")
    question = Question(user("Say hello."), (weather(CITIES), OTHER), "any", max_tokens=256, stream=False)
    try:
        reply = await talk.hear(question)
    except Refused as refused:
        raise Failed(f"a demand for any call is refused: {refused}", CHOICE) from None
    whole(reply)
    if not reply.calls:
        if reply.stop == "length":
            raise Unproved("a call of any tool was demanded, and did not come to its end")
        unread(reply, question)
        raise Failed("a call of any tool was demanded, and none came", CHOICE)
    return Seen(f"by name {named.name}({named.raw}), any: {reply.calls[0].name}")


CHECK = Check(
    title="forced tools",
    proves="tool_choice is kept: a call of the named tool, a call of any, where words would do as well",
    how="a named choice, streamed, and `any` with two tools, not streamed, both with strict schemas",
    mend=CHOICE,
    rank=45,
    needs=("speaks", "streaming"),
    limit=90.0,
    run=run,
)
