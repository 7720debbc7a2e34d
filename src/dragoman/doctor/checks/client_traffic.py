"""Requests of Claude Code's that go elsewhere, or do not go."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

QUIET = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"
DISCOVERY = "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None or not client.value("ANTHROPIC_BASE_URL"):
        return []
    if not client.on(QUIET):
        return [
            Finding(
                "Claude Code still talks to Anthropic.",
                "Telemetry, error reports and updates go to Anthropic's hosts, not to the gateway; without "
                "internet "
                "some of it waits.",
                f"Set {QUIET}=1.",
                level="note",
                place=QUIET,
            )
        ]
    if client.on(DISCOVERY):
        return [
            Finding(
                "Claude Code does not ask the gateway for its models.",
                f"{DISCOVERY} does nothing while {QUIET} is on.",
                f"Take {client.place(QUIET)} out to see them in /model, or name them with "
                "ANTHROPIC_CUSTOM_MODEL_OPTION.",
                level="note",
                place=client.place(DISCOVERY),
            )
        ]
    return []


CHECK = Check("traffic to Anthropic, or no list of the gateway's models", judge)
