"""vLLM was started without a parser for tool calls."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} was started without a parser for tool calls.",
            'It answers tools with 400, \'"auto" tool choice requires --enable-auto-tool-choice and '
            "--tool-call-parser to be set'.",
            "Start it with --enable-auto-tool-choice --tool-call-parser "
            f"{engine.profile.tool_parser or 'hermes'}.",
            "It has the model's text back and parses the calls itself; no restart is needed.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.facts.kind == "vllm" and engine.facts.parses is False and not engine.parser_set
    ]


CHECK = Check("the engine parses no tool calls", judge)
