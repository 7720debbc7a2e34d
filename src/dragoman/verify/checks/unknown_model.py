"""A model that nobody serves: clients must be told so, and at best what there is instead."""

from dragoman.verify.dialects import Question, user
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

NAME = "no-such-model-模型"


async def run(talk: Talk) -> Seen:
    question = Question(user("Say hello."), max_tokens=1, stream=False)
    answer = await talk.post(talk.dialect.body(question, NAME))
    if answer.status == 200:
        raise Lacking("it serves any name, so that a wrong one is never noticed")
    said = answer.said()
    if answer.status != 404:
        raise Failed(f"an unknown model is answered with {answer.status} instead of 404: {said}")
    if "�" in said or "æ¨¡" in said:
        raise Failed(f"the name comes back with broken characters: {said}")
    known = [str(entry["id"]) for entry in talk.endpoint.models]
    if any(name in said for name in known):
        return Seen("404, with the names that there are")
    return Seen("404; it does not say which names there are")


CHECK = Check(
    title="unknown model",
    proves="a name that is not served is a 404, which clients show as such",
    how="one token of a model that is not there",
    mend="clients take other answers for a fault of the server and try again: put `dragoman serve` before it",
    rank=22,
    quick=True,
    limit=30.0,
    run=run,
)
