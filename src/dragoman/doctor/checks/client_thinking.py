"""A thinking budget goes to an engine that takes none."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import main_model
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    client, engine = seen.client, seen.sole_engine
    if client is None or engine is None or engine.facts.reasons is not False:
        return []
    name = main_model(client)
    off = client.value("MAX_THINKING_TOKENS") == "0" or client.on("CLAUDE_CODE_DISABLE_THINKING")
    if off or not name.startswith("claude-"):
        return []
    return [
        Finding(
            f"Claude Code asks {name} for a thinking budget.",
            "It does so for names that begin with claude-; vLLM without a reasoning parser answers 400.",
            "Set MAX_THINKING_TOKENS=0, or a name that does not begin with claude-.",
            "It asks only engines for thoughts that have them.",
            place=client.place("ANTHROPIC_MODEL"),
        )
    ]


CHECK = Check("a thinking budget for an engine without a reasoning parser", judge)
