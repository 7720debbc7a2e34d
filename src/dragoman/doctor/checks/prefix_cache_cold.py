"""The prefix cache is on and nothing hits it."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

ENOUGH = 100_000
"""Tokens asked for: a session of some turns."""
LEAST = 0.02


def judge(seen: Seen) -> list[Finding]:
    found = []
    for engine in seen.engines:
        queries = engine.meters.total("vllm:prefix_cache_queries") or 0.0
        hits = engine.meters.total("vllm:prefix_cache_hits") or 0.0
        if queries >= ENOUGH and hits < queries * LEAST:
            found.append(
                Finding(
                    f"The prefix cache of the engine at {engine.url} hits nothing: {hits:,.0f} of "
                    f"{queries:,.0f} "
                    "tokens.",
                    "Something at the beginning of each prompt differs: Claude Code's attribution line, a "
                    "date, "
                    "tools in another order; or the cache is too small for the sessions at work.",
                    "Set CLAUDE_CODE_ATTRIBUTION_HEADER=0, take what changes out of the system prompt, and "
                    "give "
                    "the cache more room (--gpu-memory-utilization, --kv-cache-dtype fp8).",
                    place=engine.url,
                )
            )
    return found


CHECK = Check("the prefix cache is asked, and hits nothing", judge)
