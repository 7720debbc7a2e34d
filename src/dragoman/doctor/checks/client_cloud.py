"""Claude Code is told to use a cloud's models."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

SWITCHES = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    return [
        Finding(
            f"{name} is on.",
            "Claude Code then talks to that cloud, whatever ANTHROPIC_BASE_URL says.",
            f"Take {client.place(name)} out, or set it to 0.",
            place=client.place(name),
        )
        for name in SWITCHES
        if client is not None and client.on(name)
    ]


CHECK = Check("Claude Code is told to use Bedrock, Vertex or Foundry", judge)
