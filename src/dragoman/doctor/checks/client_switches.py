"""Switches of Claude Code's that make it harder to be served."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

MIDDLE = "CLAUDE_CODE_FORCE_MID_CONVERSATION_SYSTEM"
NO_FALLBACK = "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK"


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None:
        return []
    found = []
    if client.on(MIDDLE):
        found.append(
            Finding(
                "Claude Code sends system messages in the middle of the conversation.",
                f"{client.place(MIDDLE)} says so; many chat templates refuse them, or leave them out.",
                f"Take {client.place(MIDDLE)} out.",
                "It makes them parts of the user's messages.",
                place=client.place(MIDDLE),
            )
        )
    if client.on(NO_FALLBACK):
        found.append(
            Finding(
                "Claude Code gives up where a stream breaks off.",
                f"{client.place(NO_FALLBACK)} forbids it to ask again without a stream.",
                f"Take {client.place(NO_FALLBACK)} out, unless a server cannot answer without one.",
                level="note",
                place=client.place(NO_FALLBACK),
            )
        )
    return found


CHECK = Check("switches that make Claude Code harder to serve", judge)
