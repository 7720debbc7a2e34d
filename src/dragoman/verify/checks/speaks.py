"""Whether the endpoint has the protocol at all; what follows needs it."""

from dragoman.verify.dialects import Question, user
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk


async def run(talk: Talk) -> Seen:
    if not talk.endpoint.model:
        raise Failed("there is no model to ask: it lists none", "name one with --model")
    question = Question(user("Say hello."), max_tokens=1, stream=False)
    answer = await talk.post(talk.dialect.body(question, talk.endpoint.model))
    if answer.status in (404, 405, 501) and not names_model(answer.said()):
        raise Lacking(f"it has no {talk.dialect.PATH} (it answered {answer.status})")
    if answer.status != 200:
        raise Failed(f"it answered {answer.status}: {answer.said()}")
    talk.dialect.whole(answer.json())
    return Seen(f"POST {talk.dialect.PATH}")


def names_model(said: str) -> bool:
    """A 404 that speaks of a model is no missing route."""
    return "model" in said.lower()


CHECK = Check(
    title="protocol",
    proves="the endpoint has the protocol's route",
    how="one token, not streamed",
    mend="is the URL that of a gateway or an engine? Its words above say what it wants",
    rank=20,
    needs=("reachable",),
    quick=True,
    run=run,
)
