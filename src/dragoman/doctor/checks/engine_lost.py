"""An engine that the gateway or a configuration names does not answer."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Engine, Seen, without_credentials


def judge(seen: Seen) -> list[Finding]:
    if seen.server is not None and seen.server.kind == "engine":
        return []
    return [one(engine) for engine in seen.engines if not engine.reachable or engine.refused]


def one(engine: Engine) -> Finding:
    url = without_credentials(engine.url)
    if engine.refused:
        return Finding(
            f"The engine at {url} answers {engine.refused}: it wants another key.",
            "It was started with --api-key, and the gateway does not send that key.",
            "Set the upstream's key: `upstreams[].key: os.environ/NAME` in the configuration, or "
            "--upstream-key.",
            place=url,
        )
    return Finding(
        f"The engine at {url} does not answer.",
        "It has not been started, still loads its model, has ended, or listens elsewhere. From within a "
        "container 127.0.0.1 is the container itself.",
        "Look into the engine's log (`dragoman logs`, or `dragoman doctor < vllm.log`), and see that host "
        "and "
        "port of the upstream are the engine's.",
        place=url,
    )


CHECK = Check("an engine does not answer, or wants another key", judge)
