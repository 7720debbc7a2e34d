"""A plain answer, not streamed."""

from dragoman.verify.dialects import Question, Reply, short, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

QUESTION = Question(user("Say hello in one short sentence."), max_tokens=64, stream=False)
STOPS = {"end", "length", "stop", "tool"}


async def run(talk: Talk) -> Seen:
    reply = await talk.ask(QUESTION)
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    if reply.stop not in STOPS:
        raise Failed(f"the stop reason is {reply.stop or 'missing'}")
    if reply.usage.input is None or reply.usage.output is None:
        raise Failed("the answer tells no usage of tokens")
    judge(reply)
    return Seen(short(reply.text, 60) if reply.text.strip() else "thoughts, and no room for more")


def judge(reply: Reply) -> None:
    """Whether there are words, and where they stand."""
    if reply.text.strip():
        return
    if reply.thinking and reply.stop == "end":
        raise Failed(
            "the whole answer came as reasoning, and no text",
            "the engine's --reasoning-parser does not fit the model: start it without",
        )
    if reply.thinking:
        return
    if (reply.usage.output or 0) > 8:
        raise Failed(f"{reply.usage.output} tokens were made, and no text came")
    raise Unproved("the model said nothing")


CHECK = Check(
    title="text",
    proves="an answer that is not streamed has words, a stop reason and usage, in the protocol's shape",
    how="one short question without `stream`",
    mend="look at the engine's log; its parsers and chat template decide where words end up",
    rank=30,
    quick=True,
    run=run,
)
