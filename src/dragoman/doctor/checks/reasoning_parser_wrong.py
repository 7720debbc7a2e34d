"""A reasoning parser on a model that does not think."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} has a reasoning parser, but its model does not think.",
            f"Models of the family {engine.profile.family} write no <think>: the whole answer comes back as "
            "reasoning, and the content is empty.",
            "Start the engine without --reasoning-parser.",
            "It takes an answer that is all reasoning as the text that it is.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.facts.kind == "vllm"
        and engine.facts.reasons
        and engine.profile.family != "unknown"
        and engine.profile.thinking == "never"
    ]


CHECK = Check("a reasoning parser on a model that does not think", judge)
