"""The engine leaves tools out where they are not to be called."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} leaves tools out of the prompt with tool_choice none.",
            "It was started with --exclude-tools-when-tool-choice-none: a turn without calls then has "
            "another "
            "prompt than the one before, the prefix cache is lost, and calls cannot be parsed outside.",
            "Start it without --exclude-tools-when-tool-choice-none.",
            "It renders the prompt with the tools by /tokenize and sends it as token ids.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.facts.kind == "vllm" and engine.facts.renders is False and engine.template_tools
    ]


CHECK = Check("--exclude-tools-when-tool-choice-none", judge)
