"""One tool, one call, streamed: the agent loop's smallest step."""

from dragoman.verify.calls import freely, weather
from dragoman.verify.dialects import Question, short, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

QUESTION = Question(
    user("What is the weather like in Paris? Use the tool get_weather."), (weather(),), max_tokens=256
)


async def run(talk: Talk) -> Seen:
    reply = await freely(talk, QUESTION, weather(("Paris",)))
    call = reply.calls[0]
    if reply.stop != "tool":
        raise Failed(f"a call came with the stop reason {reply.stop}: clients take the turn for ended")
    city = call.arguments().get("city")
    if call.name != "get_weather" or not isinstance(city, str) or "paris" not in city.lower():
        raise Unproved(f"a whole call came, but {short(call.name, 40)}({short(call.raw, 60)})")
    return Seen(f"{call.name}({call.raw})")


CHECK = Check(
    title="tool call",
    proves="a call by the model's own choice comes as a call: name, id, whole arguments, right stop reason",
    how="a question that needs the tool, streamed; without a call one is forced, to tell model from chain",
    mend="look at the engine's --tool-call-parser, or put `dragoman serve --upstream URL` before it",
    rank=41,
    needs=("speaks", "streaming", "tools_seen"),
    skill=True,
    limit=90.0,
    run=run,
)
