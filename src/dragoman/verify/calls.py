"""Tool calls as checks judge them: was it a call, was it whole, and if none came, whose fault is that.

A model that answers in words where a call was hoped for proves nothing against the chain. So it is then
made to call, with a `tool_choice` and a schema that the engine's grammar keeps: what comes back tells a weak
model from a broken chain.
"""

import json
from dataclasses import replace
from typing import Any

from dragoman.verify.dialects import Call, Question, Reply, Tool, short, user
from dragoman.verify.endpoint import PARSER, Refused
from dragoman.verify.outcome import Failed, Unproved
from dragoman.verify.talk import Talk

MARKUP = (
    "<tool_call",
    "</tool_call",
    "<function=",
    "<|tool_call",
    "<｜tool",
    "[TOOL_CALLS]",
    "<invoke name=",
    "<|channel|>commentary to=functions",
    "<minimax:tool_call",
    "<|python_tag|>",
)
"""What models write where they call; a client that sees it got no call."""


FORCED = 160
"""Tokens for a call that is forced."""


def weather(cities: tuple[str, ...] = ()) -> Tool:
    """The guides' tool. With cities a forced call can hold nothing else."""
    city: dict[str, Any] = {"type": "string", "description": "The city, as the user named it"}
    return Tool(
        "get_weather",
        "The weather in a city, now.",
        {
            "type": "object",
            "properties": {"city": {**city, "enum": list(cities)} if cities else city},
            "required": ["city"],
            "additionalProperties": False,
        },
        strict=bool(cities),
    )


async def freely(talk: Talk, question: Question, forced: Tool) -> Reply:
    """The reply to a question that ought to be answered with calls. Raises Failed, or Unproved where the
    model did not call and a forced call came through whole."""
    reply = await talk.hear(question)
    whole(reply)
    if reply.calls:
        return reply
    unread(reply, question)
    said = short(reply.text or reply.thinking, 60) or "nothing"
    await by_force(talk, forced)
    raise Unproved(
        f"the model said {said!r} instead of calling; made to call, it did, and the call came whole"
    )


async def by_force(talk: Talk, tool: Tool) -> Call:
    """A call that the model has to make. Raises Failed, or Unproved where it did not come to an end."""
    question = Question(
        user(f"Call the tool {tool.name} now, with arguments that fit it."),
        (tool,),
        choice=f"={tool.name}",
        max_tokens=FORCED,
    )
    try:
        reply = await talk.hear(question)
    except Refused:
        if not tool.strict:
            raise
        reply = await talk.hear(replace(question, tools=(replace(tool, strict=False),)))
    whole(reply)
    if not reply.calls:
        if reply.stop == "length":
            raise Unproved(f"even a call that it has to make did not end within {question.max_tokens} tokens")
        unread(reply, question)
        said = short(reply.text, 60) or "nothing"
        raise Failed(f"a call was demanded with tool_choice, and {said!r} came", CHOICE)
    call = reply.calls[0]
    if call.name != tool.name:
        raise Failed(f"a call of {tool.name} was demanded, and one of {short(call.name, 40)!r} came", CHOICE)
    if talk.dialect.NAME == "anthropic" and reply.stop != "tool":
        raise Failed(f"a call came with the stop reason {reply.stop}: clients take the turn for ended")
    return call


CHOICE = "the endpoint does not keep to tool_choice: put `dragoman serve --upstream URL` before the engine"


def whole(reply: Reply) -> None:
    """Raises Failed unless each call has a name, an id of its own and arguments in JSON."""
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    for call in reply.calls:
        if reply.stop == "length" and call is reply.calls[-1]:
            raise Unproved("the reply was cut in the middle of a call: it was too long for the model")
        call.arguments()
        if not call.id or not call.name:
            raise Failed("a call came without an id or a name")
    ids = [call.id for call in reply.calls]
    if len(set(ids)) < len(ids):
        raise Failed("two calls of one reply have the same id: Claude Code drops the second")


def unread(reply: Reply, question: Question) -> None:
    """Raises Failed where a call came as text that a parser could have read. What a model merely began, or
    wrote wrong, is right as text."""
    names = [tool.name for tool in question.tools]
    for mark in MARKUP:
        for place, text in (("text", reply.text), ("thinking", reply.thinking)):
            at = text.find(mark)
            if at >= 0 and any(name in text[at:] for name in names) and readable(text[at:]):
                raise Failed(f"the call came as {place}: {short(text[at:], 60)}", PARSER)


def readable(text: str) -> bool:
    """Whether the markup at the beginning of a text holds a whole call."""
    if "</function>" in text or "</invoke>" in text:
        return True
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:] if start >= 0 else "")
    except ValueError:
        return False
    return isinstance(value, dict)


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> str:
    """Where a value is not as its schema says, empty where it is; of the keywords that checks use."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    kind = schema.get("type")
    if (kind and not isinstance(value, TYPES[kind])) or (kind != "boolean" and isinstance(value, bool)):
        return f"{short(repr(value), 40)} is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{short(repr(value), 40)} is none of the values allowed"
    if isinstance(value, list):
        return next(filter(None, (fits(part, schema["items"], root) for part in value)), "")
    if isinstance(value, dict):
        missing = [name for name in schema.get("required", ()) if name not in value]
        surplus = [name for name in value if name not in schema["properties"]]
        if missing or surplus:
            return f"`{(missing + surplus)[0]}` is {'missing' if missing else 'not allowed'}"
        parts = (fits(part, schema["properties"][name], root) for name, part in value.items())
        return next(filter(None, parts), "")
    return ""


TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
