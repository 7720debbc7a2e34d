"""The question with which the well-known guides test such a setup, word for word."""

from dragoman.verify.calls import freely, weather
from dragoman.verify.dialects import Question, Tool, short, user
from dragoman.verify.outcome import Seen, Unproved
from dragoman.verify.talk import Check, Talk

TEXT = "杭州今天天气怎么样？"
TOOL = Tool(
    "get_weather",
    "获取指定城市的天气信息",
    {
        "type": "object",
        "properties": {"location": {"type": "string", "description": "城市名称，例如：杭州"}},
        "required": ["location"],
    },
)
QUESTION = Question(user(TEXT), (TOOL,), max_tokens=256, stream=False)


async def run(talk: Talk) -> Seen:
    reply = await freely(talk, QUESTION, weather(("杭州",)))
    call = reply.calls[0]
    place = str(call.arguments().get("location", ""))
    if call.name != TOOL.name or not ("杭州" in place or "hangzhou" in place.lower()):
        raise Unproved(f"a whole call came, but {short(call.name, 40)}({short(call.raw, 60)})")
    return Seen(f"{TEXT} -> {call.name}({call.raw})")


CHECK = Check(
    title="weather",
    proves="the guides' question is answered with a call for Hangzhou",
    how=f"{TEXT} with get_weather, not streamed, no tool_choice",
    mend="look at the engine's --tool-call-parser, or put `dragoman serve --upstream URL` before it",
    rank=42,
    needs=("speaks", "text"),
    quick=True,
    skill=True,
    limit=90.0,
    run=run,
)
