"""The chat template refuses a later system message."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The chat template of the engine at {engine.url} refuses a system message that is not the "
            "first.",
            f"It says: {engine.system_refused}. Claude Code sends such messages from the first request on.",
            "Put the gateway before the engine, or give it a --chat-template that takes them.",
            "It makes them parts of the user's messages before they are sent.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.system_refused
    ]


CHECK = Check("the chat template forbids a second system message", judge)
