"""Requests that are wrong: each must come back as a 400 in the protocol's own shape."""

from typing import Any

from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import Answer
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

KINDS = {"invalid_request_error", "request_too_large", "not_found_error"}


def wrong(talk: Talk) -> dict[str, Any]:
    """What is sent, by what is wrong with it."""
    good = talk.dialect.body(Question(user("Say hello."), max_tokens=1, stream=False), talk.endpoint.model)
    return {
        "a body that is no JSON": b'{"model": ',
        "a list as body": b"[]",
        "no messages": {**good, "messages": []},
        "messages left out": {name: value for name, value in good.items() if name != "messages"},
        "max_tokens in words": {**good, "max_tokens": "many"},
    }


async def run(talk: Talk) -> Seen:
    found = []
    sent = wrong(talk)
    for name, body in sent.items():
        answer = await talk.post(body)
        if said := amiss(answer, talk.dialect.NAME):
            found.append(f"{name}: {said}")
    if found:
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise Failed("; ".join(found[:3]) + more)
    return Seen(f"{len(sent)} wrong requests, each a 400 in {talk.dialect.TITLE}'s shape")


def amiss(answer: Answer, protocol: str) -> str:
    """What is wrong with an answer to a wrong request, empty if nothing."""
    if answer.status != 400:
        return f"{answer.status} instead of 400"
    try:
        body = answer.json()
    except Failed:
        return f"{answer.described()} instead of JSON"
    match body:
        case {"type": "error", "error": {"type": str(kind), "message": str(said)}} if protocol == "anthropic":
            return "" if kind in KINDS and said else f"the kind {kind!r}, which is none of Anthropic's"
        case {"error": {"message": str(said)}} if protocol == "openai" and said:
            return ""
    return "a body that is not in the protocol's shape"


CHECK = Check(
    title="errors",
    proves="a wrong request is refused at once, with 400 and words, in the shape that SDKs read",
    how="five wrong requests: no JSON, a list, no messages, none at all, a wrong type",
    mend="clients show such errors badly or try again in vain: put `dragoman serve --upstream URL` before it",
    rank=24,
    limit=30.0,
    run=run,
)
