"""Asks a server and the engines behind it, once: the only part of the doctor that touches the network.

Every question has its time limit, and what does not answer is left open. Nothing is sent but pages asked for,
counts, and the few probes that make an engine write some tokens.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec.json import encode

from dragoman import __version__, folder
from dragoman.doctor import meters
from dragoman.doctor.probes import Probing
from dragoman.doctor.seen import Engine, Kind, Listed, Recorded, Server, authority
from dragoman.engines import Reply
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import UNKNOWN, Profile, choose
from dragoman.probing.probe import roots, windows
from dragoman.probing.surveyor import Surveyor
from dragoman.settings import Upstream as Configured
from dragoman.settings import is_loopback
from dragoman.transport.upstream import Upstream, reason

TIMEOUT = 10.0
SURVEY = 60.0
"""Seconds for all probes of one engine."""
COUNT = "/v1/messages/count_tokens"
USER_AGENT = f"dragoman/{__version__} (doctor)"
_NAMES = {"litellm": "LiteLLM", "vllm": "vLLM", "sglang": "SGLang", "ollama": "Ollama"}


@dataclass(slots=True)
class Asker:
    """Asks with one key."""

    key: str = ""
    client: Upstream = field(default_factory=Upstream)

    def headers(self, key: str) -> dict[str, str]:
        sent = {"content-type": "application/json", "user-agent": USER_AGENT}
        return sent | ({"authorization": f"Bearer {key}", "x-api-key": key} if key else {})

    async def page(self, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """An answer. Raises OSError where none comes."""
        method, data = ("GET", b"") if body is None else ("POST", encode(body))
        async with asyncio.timeout(TIMEOUT):
            sent = self.headers(self.key) if headers is None else headers
            return Reply(*await self.client.fetch(method, url, sent, data))

    async def quiet(self, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """The same, with status 0 where none comes."""
        try:
            return await self.page(url, body, headers)
        except OSError:
            return Reply(0)

    async def server(self, url: str) -> Server:
        """What is there."""
        try:
            first = await self.page(f"{url}/")
        except (OSError, ValueError) as error:
            words = reason(error) if isinstance(error, OSError) else str(error)
            refused = isinstance(error, ConnectionRefusedError)
            return Server(url, failure="the connection is refused" if refused else words)
        listing = await self.quiet(f"{url}/v1/models")
        models = listed(listing)
        ours = first.json.get("name") == "dragoman"
        kind: Kind = "gateway" if ours else "engine" if models or listing.status in (401, 403) else "other"
        version = str(first.json.get("version", "")) if ours else ""
        server = Server(url, kind, f"Dragoman {version}".strip() if ours else "", models=models)
        if listing.status in (401, 403):
            return replace(server, refused=listing.status)
        if ours:
            page = (await self.quiet(f"{url}/metrics")).body
            swallowed = meters.read(page).total("dragoman_swallowed_replies") or 0.0
            return replace(server, swallowed=swallowed, messages=True)
        return server

    async def counts(self, server: Server, model: str) -> Server:
        """Whether Anthropic's routes are there, by counting with a model that is."""
        if server.kind != "engine" or not model:
            return server
        answer = await self.quiet(f"{server.url}{COUNT}", counted(model))
        known = {200: True, 404: False, 405: False, 501: False}.get(answer.status)
        return replace(server, messages=known)

    async def names(self, server: Server, names: Iterable[str]) -> Server:
        """Whether something answers to each name, without a token of any model."""
        listed_ids = {model.id for model in server.models}
        found: dict[str, bool] = {}
        for name in dict.fromkeys(filter(None, names)):
            if name in listed_ids:
                found[name] = True
            elif server.messages:
                answer = await self.quiet(f"{server.url}{COUNT}", counted(name))
                if answer.status in (200, 404):
                    found[name] = answer.status == 200
            elif listed_ids and server.kind == "engine":
                found[name] = False
        return replace(server, names=found)

    async def counted(self, server: Server, request: Recorded) -> Recorded:
        """A recorded request as the server counts it, or in what words it does not."""
        if request.protocol != "anthropic" or not server.messages or request.wrong:
            return request
        kept = ("model", "messages", "system", "tools", "tool_choice", "thinking")
        body = {name: request.body[name] for name in kept if name in request.body}
        answer = await self.quiet(f"{server.url}{COUNT}", body)
        tokens = answer.json.get("input_tokens")
        if answer.status == 200 and type(tokens) is int:
            return replace(request, tokens=tokens)
        words = answer.body.decode("utf-8", "replace") if answer.status == 400 else ""
        return replace(request, answer=words[:2000])

    async def behind(self, server: Server, configured: Iterable[Configured]) -> tuple[Engine, ...]:
        """The engines that a gateway knows; those of this machine are asked themselves."""
        status = (await self.quiet(f"{server.url}/status")).json
        keys = {authority(upstream.url): upstream for upstream in configured}
        found = []
        for given in objects(status.get("engines")):
            known = of_status(given)
            near = is_loopback(authority(server.url)[0]) or not is_loopback(authority(known.url)[0])
            if not near or not known.reachable:
                found.append(replace(known, asked=False))
                continue
            upstream = keys.get(authority(known.url))
            asked = await self.engine(upstream or Configured(known.url), known.models, known.profile)
            if not asked.reachable:  # from here; the gateway has another way
                found.append(replace(known, asked=False))
                continue
            # The gateway may have a key that nobody told us.
            refused = asked.refused if upstream else 0
            found.append(replace(asked, kind=asked.kind or known.kind, refused=refused))
        return tuple(found)

    async def engine(
        self, upstream: Configured, models: tuple[Listed, ...] = (), profile: Profile = UNKNOWN
    ) -> Engine:
        """An engine, asked itself."""
        root = upstream.root
        headers = {**self.headers(upstream.key), **upstream.headers}
        try:
            listing = await self.page(f"{root}/v1/models", headers=headers)
        except (OSError, ValueError):
            return Engine(root, reachable=False, wanted=upstream.model)
        own = listed(listing)
        refused = listing.status if listing.status in (401, 403) else 0
        health = await self.quiet(f"{root}/health", headers=headers)
        page = await self.quiet(f"{root}/metrics", headers=headers)
        model = next(iter(own or models), None)
        if profile is UNKNOWN and model is not None:
            profile = choose(folder.profiles(), model.root, model.id)
        ours = (await self.quiet(f"{root}/", headers=headers)).json.get("name") == "dragoman"
        engine = Engine(
            root,
            health=health.status,
            refused=refused,
            kind="dragoman" if ours else "",
            models=own or models,
            wanted=upstream.model,
            profile=profile,
            meters=meters.read(page.body) if page.status == 200 else meters.Meters(),
        )
        return await self.probed(engine, model, headers) if model and not ours else engine

    async def probed(self, engine: Engine, model: Listed, headers: Mapping[str, str]) -> Engine:
        """The same with what its survey and the doctor's own probes found, as far as there was time."""
        facts = EngineFacts()
        try:
            async with asyncio.timeout(SURVEY):
                facts = await Surveyor(self.client, engine.url, headers).survey(model.id, engine.profile)
                engine = replace(engine, facts=facts, kind=name_of(facts))
                probing = Probing(lambda path, body: self.quiet(engine.url + path, body, headers), model.id)
                return await probing.fill(engine)
        except TimeoutError:
            return replace(engine, facts=facts, kind=name_of(facts))

    def close(self) -> None:
        self.client.close()


def counted(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hello"}]}


def name_of(facts: EngineFacts) -> str:
    known = facts.kind if facts.kind != "unknown" else ""
    return f"{_NAMES.get(known, known)} {facts.version}".strip()


def listed(reply: Reply) -> tuple[Listed, ...]:
    """The models of a listing, in OpenAI's form or Anthropic's."""
    if reply.status != 200:
        return ()
    try:
        known, real = windows(reply.body), roots(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    return tuple(Listed(id, window, real.get(id, "")) for id, window in known.items())


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none of anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def of_status(given: Mapping[str, Any]) -> Engine:
    """An engine as our gateway's status page tells of it."""
    models = objects(given.get("models"))
    kind = str(given.get("kind", "unknown"))
    family = str(models[0].get("family", "")) if models else ""
    profile = next((each for each in folder.profiles() if each.family == family), UNKNOWN)
    return Engine(
        str(given.get("url", "")),
        reachable=bool(given.get("reachable")),
        kind=f"{kind} {given.get('version', '')}".strip() if kind != "unknown" else "",
        models=tuple(
            Listed(
                str(model.get("served_as")), window if type(window := model.get("window")) is int else None
            )
            for model in models
        ),
        profile=profile,
    )
