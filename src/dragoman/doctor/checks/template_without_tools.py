"""The chat template does not know tools."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The chat template of the engine at {engine.url} leaves tools out.",
            "The prompt is as long with tools as without: the model never sees them, and never calls one.",
            "Start the engine with a template that has tools (--chat-template FILE; vLLM's examples/ has "
            "some), "
            "or serve a release of the model that knows tools.",
            "It writes the tools, calls and results into the messages, in the family's own wording.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.template_tools is False and engine.facts.renders is not True
    ]


CHECK = Check("the chat template ignores tools", judge)
