"""The user's own Claude Code does a short task through the endpoint."""

from dragoman.verify import claude
from dragoman.verify.dialects import short
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk


async def run(talk: Talk) -> Seen:
    endpoint = talk.endpoint
    ran = await claude.read_a_word(endpoint.url, endpoint.target.key, endpoint.model, endpoint.window)
    if ran.error:
        raise Failed(f"it ended with: {ran.error}")
    if claude.WORD in ran.text:
        return Seen(f"it read a file and said {short(ran.text, 40)!r}, in {ran.turns} turns")
    raise Unproved(f"it ran to its end; the model said {short(ran.text, 60)!r} and did not read the file")


CHECK = Check(
    title="Claude Code",
    proves="Claude Code itself reads a file through the endpoint and says what stands in it",
    how="`claude -p` in an empty home and an empty folder, as `dragoman launch claude` would start it",
    mend="look at its words above; `dragoman launch claude` sets what it has to know",
    rank=90,
    needs=("speaks", "streaming"),
    skill=True,
    only=("anthropic",),
    client="claude",
    limit=300.0,
    run=run,
)
