"""Token counts: what is counted beforehand, said at the start, and said at the end must agree."""

from dataclasses import replace

from dragoman.verify.calls import weather
from dragoman.verify.dialects import Question, user
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

TEXT = "What is the weather like in Paris, in Rome and in 杭州? " * 12
QUESTION = Question(user(TEXT), (weather(),), "none", system="You know the weather.", max_tokens=8)
COUNT = "/v1/messages/count_tokens"
NEAR = 0.1
"""How far off an estimate may be."""


async def run(talk: Talk) -> Seen:
    streamed = (await talk.ask(QUESTION)).usage
    whole = (await talk.ask(replace(QUESTION, stream=False))).usage
    if streamed.input is None or whole.input is None or streamed.output is None:
        raise Failed(
            "usage is missing " + ("in the stream" if whole.input is not None else "in whole replies")
        )
    if streamed.input != whole.input:
        raise Failed(f"{streamed.input} tokens of prompt streamed, {whole.input} not streamed")
    if not 0 < streamed.output <= QUESTION.max_tokens:
        raise Failed(f"{streamed.output} tokens of output, where {QUESTION.max_tokens} were allowed")
    if talk.dialect.NAME != "anthropic":
        return Seen(f"{whole.input} tokens, streamed and not")
    if not streamed.early:
        raise Failed("message_start says 0 tokens of input: Claude Code shows an empty context")
    return await counted(talk, whole.input)


async def counted(talk: Talk, true: int) -> Seen:
    """The same by count_tokens. Raises Failed or Lacking."""
    body = talk.dialect.body(replace(QUESTION, stream=False), talk.endpoint.model)
    kept = {name: body[name] for name in ("model", "messages", "system", "tools", "tool_choice")}
    answer = await talk.post(kept, COUNT)
    if answer.status == 404:
        raise Lacking("it has no count_tokens: Claude Code's /context asks for 13 replies instead")
    if answer.status != 200:
        raise Failed(f"count_tokens is answered with {answer.status}: {answer.said()}")
    match answer.json():
        case {"input_tokens": int(count)}:
            pass
        case _:
            raise Failed(f"count_tokens says no `input_tokens`: {answer.described()}")
    if abs(count - true) > max(NEAR * true, 2):
        raise Failed(f"count_tokens says {count}, and {true} were used")
    return Seen(f"{count} counted, {true} used" + ("" if count == true else " (an estimate)"))


CHECK = Check(
    title="token counts",
    proves="count_tokens, message_start and usage agree, streamed and not",
    how="one prompt with a tool, four ways",
    mend="clients compact too late or too early: put `dragoman serve` before it, which asks the tokenizer",
    rank=60,
    needs=("speaks", "streaming"),
    run=run,
)
