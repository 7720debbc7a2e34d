"""A model's name makes Claude Code believe to know its window."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import ASSUMED_WINDOW
from dragoman.doctor.seen import Seen
from dragoman.turns.route import disbelieved


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    name = client.value("ANTHROPIC_MODEL") if client else ""
    window = seen.window(name)
    if client is None or not disbelieved(name) or not window or window >= ASSUMED_WINDOW:
        return []
    return [
        Finding(
            f"Claude Code takes {name} for one of Anthropic's models.",
            f"It believes in {ASSUMED_WINDOW:,} tokens then, whatever CLAUDE_CODE_MAX_CONTEXT_TOKENS says; "
            "the window "
            f"has {window:,}.",
            "Set ANTHROPIC_MODEL to anthropic/ and the engine's own name, without claude-, sonnet or haiku "
            "in it.",
            "It answers overlong prompts in the words on which Claude Code compacts.",
            place=client.place("ANTHROPIC_MODEL"),
        )
    ]


CHECK = Check("a model name that Claude Code takes for Anthropic's", judge)
