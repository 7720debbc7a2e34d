"""The engine says that it is ill."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

SICK = 503


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} lists its models, but says {engine.health} of its health.",
            "The process that computes has died; the server in front of it ends soon, or hangs.",
            "Start the engine again, and look for the first error in its log: `dragoman doctor < vllm.log`.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.health == SICK
    ]


CHECK = Check("the engine is up, and ill", judge)
