"""The key goes in a header that an engine does not read."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    client, server = seen.client, seen.server
    if client is None or server is None or server.kind != "engine":
        return []
    if client.value("ANTHROPIC_AUTH_TOKEN") or not client.value("ANTHROPIC_API_KEY"):
        return []
    return [
        Finding(
            "Claude Code sends its key in a header that vLLM does not read.",
            f"{client.place('ANTHROPIC_API_KEY')} goes as x-api-key; vLLM answers 401, and Claude Code tries "
            "again "
            "for minutes without a word.",
            "Set ANTHROPIC_AUTH_TOKEN instead, to the engine's --api-key.",
            "It reads both headers.",
            place=client.place("ANTHROPIC_API_KEY"),
        )
    ]


CHECK = Check("ANTHROPIC_API_KEY before an engine that reads Authorization only", judge)
