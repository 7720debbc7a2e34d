"""Claude Code may not compact."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    return [
        Finding(
            f"{name} is on.",
            "A conversation that reaches the end of the window then ends; self-hosted windows are soon full.",
            f"Take {client.place(name)} out.",
            level="note",
            place=client.place(name),
        )
        for name in ("DISABLE_COMPACT", "DISABLE_AUTO_COMPACT")
        if client is not None and client.on(name)
    ]


CHECK = Check("compaction is switched off", judge)
