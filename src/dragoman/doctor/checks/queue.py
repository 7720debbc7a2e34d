"""More is asked for than the engine can do."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Engine, Seen

FULL = 0.95
MANY = 4


def judge(seen: Seen) -> list[Finding]:
    return [found for engine in seen.engines if (found := one(engine))]


def one(engine: Engine) -> Finding | None:
    waiting = engine.meters.total("vllm:num_requests_waiting") or 0.0
    running = engine.meters.total("vllm:num_requests_running") or 0.0
    usage = max([0.0, *engine.meters.values("vllm:kv_cache_usage_perc")])
    if waiting < 1 or (usage < FULL and waiting < max(running, MANY)):
        return None
    seen = (
        f"{waiting:.0f} requests wait at {engine.url} while {running:.0f} run, the KV cache {usage:.0%} full."
    )
    if usage >= FULL:
        return Finding(
            seen,
            "The KV cache is full: requests wait, and running ones are thrown out and computed anew.",
            "Give the cache more room: --kv-cache-dtype fp8, a shorter --max-model-len, more GPUs; or add a "
            "replica as another of upstreams.",
            place=engine.url,
        )
    return Finding(
        seen,
        "It may run no more at once, whatever the cache has room for.",
        "Raise --max-num-seqs, or add a replica as another of upstreams.",
        place=engine.url,
    )


CHECK = Check("requests wait in the engine's queue", judge)
