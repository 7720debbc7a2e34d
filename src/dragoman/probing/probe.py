"""Asks engines what they serve, and keeps asking: soon while one is down, seldom while it is up."""

import asyncio
import logging

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from dragoman.journey.pool import Pool, Replica
from dragoman.probing.surveyor import Surveyor
from dragoman.transport.upstream import Upstream, reason
from dragoman.turns.mode import usual_way

SOON, SELDOM = 1.0, 15.0
"""Seconds between two questions."""
TIMEOUT = 5.0
SURVEYS = 3
"""How often an engine is surveyed that leaves questions unanswered."""

log = logging.getLogger("dragoman")


class WireMeta(Struct):
    n_ctx: int | None = None


class WireModel(Struct):
    id: str
    root: str | None = None
    """vLLM's word for what is really behind an id: a name on a hub, or a path."""
    max_model_len: int | None = None
    context_length: int | None = None
    meta: WireMeta | None = None
    """llama.cpp says its window here."""


class WireModels(Struct):
    data: list[WireModel]


MODELS: Decoder[WireModels] = Decoder(WireModels)


def windows(body: bytes) -> dict[str, int | None]:
    """The models of an engine's `/v1/models` and their windows in tokens. Raises ValueError."""
    listed = MODELS.decode(body).data
    return {m.id: m.max_model_len or m.context_length or (m.meta.n_ctx if m.meta else None) for m in listed}


def roots(body: bytes) -> dict[str, str]:
    """What an engine's models really are, where it says so. Raises ValueError."""
    return {model.id: model.root for model in MODELS.decode(body).data if model.root}


async def ask(replica: Replica, pool: Pool, upstream: Upstream) -> str | None:
    """Ask one engine once and tell the pool. Returns what is wrong, or None."""
    url = replica.url("/v1/models")
    try:
        async with asyncio.timeout(TIMEOUT):
            status, body = await upstream.fetch("GET", url, replica.headers)
    except OSError as error:  # a TimeoutError too, without a number where the time is ours
        pool.lost(replica, slow=isinstance(error, TimeoutError) and error.errno is None)
        return f"{replica.upstream.root} cannot be reached: {reason(error)}"
    if status in (401, 403):
        pool.lost(replica)
        return f"{replica.upstream.root} wants another key: set the upstream's key (--upstream-key)"
    try:
        found = windows(body) if status == 200 else {}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = {}
    if not found:
        pool.lost(replica)
        return f"{url} answered {status} and lists no models; is this an OpenAI-compatible engine?"
    if said := pool.listed(replica, found, roots(body)):
        log.warning("%s", said)
    return None


async def watch(pool: Pool, upstream: Upstream) -> None:
    """Keep the pool's knowledge fresh, for ever. What changes is logged once."""
    await asyncio.gather(*(watch_one(replica, pool, upstream) for replica in pool.replicas))


async def survey(replica: Replica, pool: Pool, upstream: Upstream) -> None:
    """Find out how tools reach a replica's model; once more where the engine left questions unanswered."""
    model = next((pool.models[name] for name in replica.serves if name in pool.models), None)
    if model is None:
        return
    for _time in range(SURVEYS):
        try:
            surveyor = Surveyor(upstream, replica.upstream.root, replica.headers)
            replica.facts = await surveyor.survey(replica.name_of(model), model.profile)
        except Exception:
            log.exception("The survey of %s failed by a fault of ours.", replica.upstream.root)
            return
        if surveyor.answered:
            break
        await asyncio.sleep(SELDOM)
    facts = replica.facts
    way = usual_way(facts, model.profile, replica.mode)
    kind = f"{facts.kind} {facts.version}".strip()
    log.info("%s is %s; tools reach %s %s: %s.", replica.upstream.root, kind, model.id, way.mode, way.reason)


async def rest(replica: Replica, seconds: float) -> None:
    """Until the next question; one that requests have found gone is asked soon."""
    loop, was = asyncio.get_running_loop(), replica.reachable
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0 and replica.reachable == was:  # noqa: ASYNC110
        await asyncio.sleep(min(SOON, left))


async def watch_one(replica: Replica, pool: Pool, upstream: Upstream) -> None:
    said: str | None = ""
    surveying: asyncio.Task[None] | None = None
    losses = -1
    try:
        while True:
            wrong = await ask(replica, pool, upstream)
            # By a count, since a request may find it gone while this question is answered.
            came_back = wrong is None and replica.losses != losses
            if came_back:
                losses = replica.losses
            if came_back and not (replica.slow and replica.facts.kind != "unknown"):
                # Beside the questions that follow: an engine may take its time to answer a survey.
                if surveying is not None:
                    surveying.cancel()
                replica.came_back()
                surveying = asyncio.create_task(survey(replica, pool, upstream))
            if wrong != said:
                said = wrong
                if wrong:
                    log.warning("%s", wrong)
                else:
                    serves = ", ".join(sorted(replica.serves.values()))
                    log.info("%s serves %s.", replica.upstream.root, serves)
            await rest(replica, SOON if wrong else SELDOM)
    finally:
        if surveying is not None:
            surveying.cancel()
