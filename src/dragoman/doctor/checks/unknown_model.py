"""A model is asked for that nothing serves."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import DEFAULT_MODELS, MODELS
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    if seen.server is None:
        return []
    listed = ", ".join(model.id for model in seen.server.models[:5])
    return [
        Finding(
            f"{seen.server.url} serves no model called {name}.",
            f"{asker(seen, name)}, and the answer is 404; there are: {listed}.",
            f"Ask for {suggested(seen)}, or give the model this name too (`dragoman serve --alias {name}`, "
            "or "
            f"vLLM's --served-model-name).",
            place=asker(seen, name),
        )
        for name, known in seen.server.names.items()
        if not known
    ]


def asker(seen: Seen, name: str) -> str:
    """Who asks for it, in words."""
    if seen.client is not None:
        for variable in MODELS:
            if seen.client.value(variable).removesuffix("[1m]") == name:
                return f"{seen.client.place(variable)} names it"
        if name in DEFAULT_MODELS.values():
            missing = [each for each, default in DEFAULT_MODELS.items() if default == name]
            return f"Claude Code asks for it while {' or '.join(missing)} is not set"
    return "The recorded request names it"


def suggested(seen: Seen) -> str:
    ids = [model.id for model in seen.models]
    return next((id for id in ids if id.startswith("anthropic/")), ids[0] if ids else "a model that it lists")


CHECK = Check("a model name that nothing answers to", judge)
