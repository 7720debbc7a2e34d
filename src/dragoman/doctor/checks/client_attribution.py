"""A line at the beginning of each prompt that differs."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

NAME = "CLAUDE_CODE_ATTRIBUTION_HEADER"
OFF = ("0", "false", "no", "off")


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None or client.value(NAME).strip().lower() in OFF:
        return []
    engine = seen.sole_engine
    if not seen.by_gateway and engine is not None and engine.facts.kind == "vllm":
        return []  # vLLM takes the line out itself
    return [
        Finding(
            "Claude Code begins each prompt with an attribution line.",
            "It differs from session to session and for every subagent, so that they share nothing in the "
            "prefix "
            "cache.",
            f"Set {NAME}=0.",
            "It takes the line out.",
            level="note",
            place=client.place(NAME),
        )
    ]


CHECK = Check("the attribution line splits the prefix cache", judge)
