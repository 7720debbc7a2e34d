"""The engine computes every prompt anew."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    return [
        Finding(
            f"The engine at {engine.url} has no prefix cache.",
            "An agent sends its whole conversation with each turn; without the cache all of it is computed "
            "anew "
            "each time, 20,000 tokens at least.",
            "Start it without --no-enable-prefix-caching (vLLM's default is on), or with "
            "--enable-prefix-caching.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.meters.label("vllm:cache_config_info", "enable_prefix_caching").lower() == "false"
    ]


CHECK = Check("the prefix cache is off", judge)
