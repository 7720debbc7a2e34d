"""A model that thinks, without a reasoning parser."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} has no reasoning parser, and its model thinks.",
            "Its thoughts stand in the answer, before </think>, and tool calls in them may be taken for "
            "true.",
            f"Start it with --reasoning-parser {engine.profile.reasoning_parser}.",
            "It reads the thoughts out of the text itself.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.facts.kind == "vllm"
        and engine.facts.reasons is False
        and engine.profile.reasoning_parser
        and engine.profile.thinking == "always"
    ]


CHECK = Check("a model that thinks without a reasoning parser", judge)
