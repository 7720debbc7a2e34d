"""Characters of every kind, there and back: cut between bytes, escaped or not."""

import json
from dataclasses import replace

from dragoman.verify.dialects import Question, short, user
from dragoman.verify.outcome import Failed, Seen, Unproved
from dragoman.verify.talk import Check, Talk

TEXT = '杭州 – “naïve” Ωμέγα 𝕏 👩‍👩‍👧 العربية \\n "quoted" ÅÅ 한국어'
QUESTION = Question(user(f"Repeat this line exactly, and say nothing else:\n{TEXT}"), max_tokens=160)
BROKEN = "�"


async def run(talk: Talk) -> Seen:
    await same_when_escaped(talk)
    reply = await talk.hear(QUESTION)
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    if TEXT in reply.text:
        return Seen(TEXT)
    if nearly(reply.text):
        raise Failed(f"characters come back broken: {short(reply.text, 80)}")
    raise Unproved(f"it was asked to repeat a line and said {short(reply.text, 60)!r}")


async def same_when_escaped(talk: Talk) -> None:
    """The same request with each character escaped must be the same prompt. Raises Failed."""
    body = talk.dialect.body(replace(QUESTION, stream=False, max_tokens=1), talk.endpoint.model)
    counted = []
    for ascii_only in (False, True):
        answer = await talk.post(json.dumps(body, ensure_ascii=ascii_only).encode())
        if answer.status != 200:
            raise Failed(f"it answered {answer.status}: {answer.said()}")
        counted.append(talk.dialect.whole(answer.json()).usage.input)
    if counted[0] != counted[1]:
        raise Failed(f"{counted[0]} tokens of prompt, but {counted[1]} with the same characters escaped")


def nearly(text: str) -> bool:
    """Whether it is the line with other characters: what is left of it in ASCII, or how it looks when read
    in another encoding."""
    wrong = TEXT.encode().decode("latin-1")
    return '"quoted"' in text or wrong[:4] in text or (BROKEN in text and "quoted" in text)


CHECK = Check(
    title="Unicode",
    proves="Chinese, Arabic, emoji of several code points and quotes come through whole, in both directions",
    how="a line to repeat, streamed; the same request escaped and not must count the same tokens",
    mend="something between cuts characters or takes them for another encoding: look at what stands there",
    rank=50,
    needs=("speaks", "streaming"),
    skill=True,
    run=run,
)
