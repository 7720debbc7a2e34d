"""A configuration expects a model that the engine has not."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    found = []
    for engine in seen.engines:
        ids = [model.id for model in engine.models]
        if engine.wanted and ids and engine.wanted not in ids:
            alone = len(ids) == 1
            found.append(
                Finding(
                    f"The engine at {engine.url} does not serve {engine.wanted}.",
                    f"It serves {', '.join(ids[:5])}: its --served-model-name, or the path it was started "
                    "with.",
                    f"Set upstreams[].model to {ids[0]}, or start the engine with --served-model-name "
                    f"{engine.wanted}.",
                    "It takes the engine's only model instead." if alone else "",
                    place=engine.url,
                )
            )
    return found


CHECK = Check("an engine does not serve the model that the configuration names", judge)
