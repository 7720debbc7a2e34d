"""Thinking: switched on, switched off, and back again as history."""

from dataclasses import replace

from dragoman.verify.dialects import Message, Question, Reply, user
from dragoman.verify.endpoint import Refused
from dragoman.verify.outcome import Failed, Lacking, Seen, Unproved
from dragoman.verify.talk import Check, Talk

ASKED = "What is 17 times 3? Think first."
QUESTION = Question(user(ASKED), max_tokens=1536, thinking=True)
TRUE = "51"
TAGS = ("<think>", "</think>", "◁think▷", "<|channel|>analysis")
SWITCH = (
    "clients that ask for thinking fail: set MAX_THINKING_TOKENS=0, or put `dragoman serve` before the engine"
)


async def run(talk: Talk) -> Seen:
    try:
        reply = await talk.ask(QUESTION)
    except Refused as refused:
        raise Failed(f"a request for thinking is refused: {refused}", SWITCH) from None
    judge(talk, reply)
    await off(talk)
    await again(talk, reply)
    if not reply.thinking:
        raise Lacking(
            "the switches are accepted; this model, or the engine as it was started, does not think"
        )
    return Seen(f"{len(reply.thinking):,} characters of thoughts, then {len(reply.text):,} of answer")


def judge(talk: Talk, reply: Reply) -> None:
    """Raises Failed where thoughts are not apart from the answer."""
    if reply.breaches:
        raise Failed("; ".join(reply.breaches))
    if tag := next((tag for tag in TAGS if tag in reply.text), ""):
        if TRUE not in reply.text:
            raise Unproved(f"{tag} stands in the text, among words that make no sense")
        raise Failed(
            f"thoughts stand in the answer, with {tag}",
            "start the engine with the --reasoning-parser of its model, or put `dragoman serve` before it",
        )
    if reply.thinking and reply.stop == "end" and not reply.text.strip():
        raise Failed(
            "the whole answer came as thoughts", "the engine's --reasoning-parser does not fit its model"
        )
    if reply.thinking and talk.dialect.NAME == "anthropic" and not reply.signature:
        raise Failed("thoughts come without a signature, which Anthropic's SDK wants")


async def off(talk: Talk) -> None:
    """Raises Failed where the switch that turns thinking off is refused."""
    try:
        await talk.ask(replace(QUESTION, thinking=False, max_tokens=16))
    except Refused as refused:
        raise Failed(f"a request without thinking is refused: {refused}", SWITCH) from None


async def again(talk: Talk, reply: Reply) -> None:
    """Thoughts that come back as history. Raises Failed where they are refused."""
    thought = Message(
        "assistant", TRUE, thinking=reply.thinking or "Three times 17.", signature=reply.signature or ""
    )
    asked = (Message("user", ASKED), thought, Message("user", "And times 4?"))
    try:
        await talk.ask(replace(QUESTION, messages=asked, thinking=None, max_tokens=16))
    except Refused as refused:
        raise Failed(f"thoughts in the history are refused: {refused}") from None


CHECK = Check(
    title="thinking",
    proves="thinking can be asked for and forbidden; thoughts come apart from the answer and may come back",
    how="a sum with thinking on, with it off, then a second turn that holds the thoughts of the first",
    mend="clients send thoughts back with each turn: put `dragoman serve --upstream URL` before the engine",
    rank=52,
    needs=("speaks", "streaming"),
    limit=180.0,
    run=run,
)
