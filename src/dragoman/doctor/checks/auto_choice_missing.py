"""A parser without the switch that lets it work."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} has a parser for tool calls, but lacks --enable-auto-tool-choice.",
            "Without it tools are refused with 400 as if there were no parser.",
            "Add --enable-auto-tool-choice to `vllm serve`.",
            "It has the model's text back and parses the calls itself; no restart is needed.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.facts.parses is False and engine.parser_set
    ]


CHECK = Check("--tool-call-parser without --enable-auto-tool-choice", judge)
