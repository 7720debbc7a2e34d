"""What the gateway knows of its engines, and how tools reach their models: the page `/status`.

`dragoman status` prints it. No key and no header of an engine is in it.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct

from dragoman import __version__
from dragoman.journey.pool import Allowed, Model, Pool, Replica
from dragoman.metrics import Metrics
from dragoman.turns.mode import usual_way


class ToolStatus(Struct, frozen=True):
    """The way of requests with tools that demand nothing special, and the reason for it."""

    mode: str
    reason: str


class ModelStatus(Struct, frozen=True):
    """`id` is our name for it, `served_as` the engine's. `family` is a file of `profiles/`."""

    id: str
    served_as: str
    window: int | None
    family: str
    tools: ToolStatus


class EngineStatus(Struct, frozen=True):
    """`kind` is unknown until a survey has said it."""

    url: str
    reachable: bool
    kind: str
    version: str
    in_flight: int
    models: list[ModelStatus]


class Status(Struct, frozen=True):
    version: str
    engines: list[EngineStatus]
    calls: int
    repairs: dict[str, int]
    """Of tool calls, by kind, since the gateway started."""


def status(pool: Pool, metrics: Metrics, allowed: Allowed = None) -> Status:
    """What a caller may know: a key with models of its own sees these and the engines that serve them."""
    engines = [engine_status(replica, pool, allowed) for replica in pool.replicas]
    engines = [engine for engine in engines if engine.models or allowed is None]
    models = {model.id for model in pool.models.values() if pool.permits(model, allowed)}
    calls = counted(metrics, "dragoman_tool_calls", "model", models)
    repairs = counted(metrics, "dragoman_tool_call_repairs", "kind", models)
    return Status(__version__, engines, sum(calls.values()), repairs)


def engine_status(replica: Replica, pool: Pool, allowed: Allowed) -> EngineStatus:
    known = [pool.models[name] for name in replica.serves if name in pool.models]
    models = [model for model in known if pool.permits(model, allowed)]
    facts = replica.facts
    return EngineStatus(
        without_credentials(replica.upstream.root),
        replica.reachable,
        facts.kind,
        facts.version,
        replica.in_flight,
        [model_status(replica, model) for model in models],
    )


def model_status(replica: Replica, model: Model) -> ModelStatus:
    way = usual_way(replica.facts_of(model), model.profile, replica.mode)
    tools = ToolStatus(way.mode, way.reason)
    return ModelStatus(model.id, replica.name_of(model), model.window, model.profile.family, tools)


def without_credentials(url: str) -> str:
    """A URL may hold a name and a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def counted(metrics: Metrics, name: str, label: str, models: Collection[str]) -> dict[str, int]:
    """A counter's values of these models by one of its labels, the largest first."""
    found: dict[str, int] = {}
    for metric in metrics.registry.collect():
        for sample in metric.samples if metric.name == name else ():
            if sample.name == f"{name}_total" and sample.labels["model"] in models:
                key = sample.labels[label]
                found[key] = found.get(key, 0) + int(sample.value)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
