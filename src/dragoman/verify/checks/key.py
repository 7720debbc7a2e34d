"""Keys: the right one opens, a wrong one does not, and where none is set nobody else can come."""

from urllib.parse import urlsplit

from dragoman.settings import is_loopback
from dragoman.verify.endpoint import Answer
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

WRONG = "a-key-that-nobody-has"


async def run(talk: Talk) -> Seen:
    key = talk.endpoint.target.key
    open_to_all = opens(await listed(talk, {}))
    if not key:
        return without(open_to_all, urlsplit(talk.endpoint.url).hostname or "")
    headers = {name: value for name, value in talk.dialect.headers(key).items() if value.endswith(key)}
    right = await listed(talk, headers)
    if not opens(right):
        raise Failed(f"the key is refused with {right.status}: {right.said()}")
    if open_to_all:
        raise Failed("it answers without a key", "no key is set there: start the server with one")
    wrong = await listed(talk, {name: value.replace(key, WRONG) for name, value in headers.items()})
    if opens(wrong):
        raise Failed("a wrong key opens it as well as the right one")
    for name, value in headers.items():
        if not opens(await listed(talk, {name: value})):
            raise Failed(f"the right key is refused where it comes as `{name}` alone", MENDS.get(name, ""))
    if wrong.status not in (401, 403):
        raise Failed(f"a wrong key is refused with {wrong.status} instead of 401: {wrong.said()}", UNCLEAR)
    return Seen("the right key opens, a wrong one and none do not")


def opens(answer: Answer) -> bool:
    """Whether the key was no matter; there may be no such page."""
    return answer.status in (200, 404)


def without(open_to_all: bool, host: str) -> Seen:
    """What holds where the user gave no key."""
    if not open_to_all:
        raise Failed("it wants a key", "give it: DRAGOMAN_KEY, --key-file or --key")
    if not is_loopback(host):
        raise Failed(f"it answers anybody who can reach {host}: no key is set", "start the server with a key")
    return Seen("none is needed, and only this machine can come")


async def listed(talk: Talk, headers: dict[str, str]) -> Answer:
    """What the list of models says to these headers; no token is spent."""
    version = {"anthropic-version": "2023-06-01"} if talk.dialect.NAME == "anthropic" else {}
    return await talk.endpoint.fetch("GET", "/v1/models", version | headers)


UNCLEAR = "clients do not see that it is the key, and try again and again: put `dragoman serve` before it"
MENDS = {
    "x-api-key": "clients that send ANTHROPIC_API_KEY fail: set ANTHROPIC_AUTH_TOKEN instead, or put "
    "`dragoman serve --upstream URL` before it",
}

CHECK = Check(
    title="key",
    proves="the right key opens in every header that clients use, a wrong one and none do not; without a key "
    "only this machine can come",
    how="GET /v1/models with the key, with a wrong one and with none",
    mend="is it the key that the server was started with?",
    rank=5,
    needs=("reachable",),
    quick=True,
    limit=20.0,
    run=run,
)
