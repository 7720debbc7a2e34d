"""Whether tools reach the model at all: they cost tokens of the prompt, whatever the model makes of them."""

from dataclasses import replace

from dragoman.verify.calls import weather
from dragoman.verify.dialects import Question, user
from dragoman.verify.endpoint import PARSER, Refused
from dragoman.verify.outcome import Failed, Lacking, Seen
from dragoman.verify.talk import Check, Talk

QUESTION = Question(user("What is the weather like in Paris?"), max_tokens=1, stream=False)
LEAST = 15
"""Tokens that the definition of a tool has at least."""


async def run(talk: Talk) -> Seen:
    plain = (await talk.ask(QUESTION)).usage.input
    try:
        offered = (await talk.ask(replace(QUESTION, tools=(weather(),)))).usage.input
    except Refused as refused:
        raise Failed(f"a request with tools is refused: {refused}", PARSER) from None
    if plain is None or offered is None:
        raise Lacking("it tells no usage, so that nobody can see what reaches the model")
    if offered < plain + LEAST:
        raise Failed(f"{plain} tokens of prompt without a tool, {offered} with one: the model never sees it")
    return Seen(f"{plain} tokens of prompt without a tool, {offered} with one")


CHECK = Check(
    title="tools are seen",
    proves="tools on offer stand in the prompt",
    how="the prompt's tokens with and without a tool",
    mend="the engine's chat template leaves tools out: use one that has them (--chat-template), or put "
    "`dragoman serve` before it, which writes them into the messages",
    rank=40,
    needs=("speaks", "text"),
    run=run,
)
