"""The list of models, in the shape of each protocol."""

from typing import Any

from dragoman.verify.dialects import short
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk


async def run(talk: Talk) -> Seen:
    answer = await talk.endpoint.fetch("GET", "/v1/models", talk.dialect.headers(talk.endpoint.target.key))
    if answer.status == 404:
        raise Lacking("it has no list of models")
    if answer.status != 200:
        raise Failed(f"GET /v1/models is answered with {answer.status}: {answer.said()}")
    listed = entries(answer.json())
    if not talk.endpoint.models:
        talk.endpoint.models = listed
    ids = [str(entry["id"]) for entry in listed]
    wanted = talk.endpoint.target.model
    if wanted and wanted not in ids:
        raise Failed(
            f"{wanted!r} is not listed; there are: {', '.join(ids)}", "name a listed one with --model"
        )
    if talk.dialect.NAME == "anthropic" and not all(entry.get("type") == "model" for entry in listed):
        raise Lacking("the list is in OpenAI's shape alone; Anthropic's SDK reads only ids from it")
    window = talk.endpoint.window
    size = f", {window:,} tokens" if window else ", window unknown"
    return Seen(f"{short(', '.join(ids))}; tried: {talk.endpoint.model}{size}")


def entries(value: Any) -> list[dict[str, Any]]:
    """What is listed. Raises Failed where that is nothing."""
    match value:
        case {"data": [*listed]} if all(
            isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"] for entry in listed
        ):
            pass
        case _:
            raise Failed(f"the list has no `data` with ids: {short(str(value))}")
    if not listed:
        raise Failed("it lists no model: its engine has not answered yet, or serves none")
    return listed


CHECK = Check(
    title="models",
    proves="clients find the models by their names, with a key that is right",
    how="GET /v1/models with each protocol's headers",
    mend="look at the engine's start; `dragoman status` shows what a gateway knows of its engines",
    rank=10,
    needs=("reachable",),
    quick=True,
    limit=20.0,
    run=run,
)
