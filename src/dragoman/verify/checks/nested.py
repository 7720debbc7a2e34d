"""Arguments with structure: objects in lists, references, numbers and switches, each as what it is."""

from dataclasses import replace
from typing import Any

from dragoman.verify.calls import CHOICE, fits, unread, whole
from dragoman.verify.dialects import Question, Tool, short, user
from dragoman.verify.endpoint import Refused
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

STOP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "enum": ["Paris", "Rome", "Hangzhou"]},
        "nights": {"type": "integer", "enum": [1, 2, 3]},
        "breakfast": {"type": "boolean"},
    },
    "required": ["city", "nights", "breakfast"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"stop": STOP},
    "properties": {
        "first": {"$ref": "#/$defs/stop"},
        "others": {"type": "array", "items": {"$ref": "#/$defs/stop"}, "minItems": 1, "maxItems": 2},
        "by": {"type": "string", "enum": ["train", "bus"]},
    },
    "required": ["first", "others", "by"],
    "additionalProperties": False,
}
TOOL = Tool("plan_trip", "Plan a trip with several stops.", SCHEMA, strict=True)
QUESTION = Question(
    user(
        "Plan this trip by train with plan_trip: first Paris, two nights with breakfast; "
        "then Rome, three nights without breakfast."
    ),
    (TOOL,),
    "=plan_trip",
    max_tokens=256,
)


async def run(talk: Talk) -> Seen:
    try:
        reply = await talk.hear(QUESTION)
    except Refused as first:
        try:
            reply = await talk.ask(replace(QUESTION, tools=(replace(TOOL, strict=False),)))
        except Refused:
            raise Failed(f"a tool with such a schema is refused: {first}") from None
    whole(reply)
    if not reply.calls:
        if reply.stop == "length":
            raise Unproved("the call did not come to its end")
        unread(reply, QUESTION)
        raise Failed("the call was demanded, and none came", CHOICE)
    return judged(reply.calls[0].arguments())


def judged(given: dict[str, Any]) -> Seen:
    for name in ("first", "others"):
        if isinstance(given.get(name), str):
            raise Failed(
                f"`{name}` came as text instead of what its schema says: {short(str(given[name]), 60)}"
            )
    if said := fits(given, SCHEMA, SCHEMA):
        raise Unproved(f"a whole call came, and its arguments do not fit the schema: {said}")
    return Seen(f"1 + {len(given['others'])} stops, each an object, as the schema says")


CHECK = Check(
    title="nested schemas",
    proves="a schema with $ref, lists and objects is taken, and arguments come back with that structure",
    how="a demanded call of a tool with such a schema, strict, streamed; the arguments against the schema",
    mend="the engine or what stands before it flattens structure: put `dragoman serve` before the engine",
    rank=47,
    needs=("speaks", "forced"),
    limit=90.0,
    run=run,
)
