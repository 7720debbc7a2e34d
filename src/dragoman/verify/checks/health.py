"""HEAD / and the pages of health: what clients and load balancers ask without a key."""

from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

PAGES = ("/health/readiness", "/health/liveliness", "/health", "/healthz", "/api/version")


async def run(talk: Talk) -> Seen:
    head = await talk.endpoint.fetch("HEAD", "/")
    if head.status >= 500:
        raise Failed(f"HEAD / is answered with {head.status}")
    found = []
    for page in PAGES:
        answer = await talk.endpoint.fetch("GET", page)
        if answer.status == 503:
            raise Failed(
                f"{page} says 503: {answer.said()}", "it is starting, draining or has no engine: wait"
            )
        if answer.status == 200:
            found.append(page)
    if not found:
        raise Lacking(f"it has none of {', '.join(PAGES)} without a key")
    return Seen(f"HEAD / {head.status}, {', '.join(found)}")


CHECK = Check(
    title="health",
    proves="HEAD / is answered, and a page of health without a key says that it is well",
    how="HEAD / as Claude Code warms its connection, then the pages by their usual names",
    mend="do not let what stands between ask for a key on these pages, or swallow HEAD",
    rank=12,
    needs=("reachable",),
    quick=True,
    per_protocol=False,
    limit=20.0,
    run=run,
)
