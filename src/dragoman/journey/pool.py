"""What can be called: models, the replicas that serve them, and which one to call next.

Mutable, but without I/O: probes report what they found, exchanges count themselves in and out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256

from msgspec.structs import replace

from dragoman.model.catalog import ModelEntry
from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.errors import Busy, DragomanError, Forbidden, UnknownModel, Unreachable
from dragoman.model.memo import ByIdentity
from dragoman.model.profile import UNKNOWN, Profile, choose
from dragoman.model.turn import Tool
from dragoman.settings import Upstream
from dragoman.toolcalls import Catalog, Toolset, compile_tools
from dragoman.turns.route import PREFIX, published, reached, route
from dragoman.wire.openai_chat.upstream import Terms

BYTES_PER_TOKEN = 4.0
LEARNING = 0.2
"""Weight of the newest exact count in the bytes per token that a model is believed to have."""
LEAST, MOST = 1.0, 12.0
"""Bytes per token of any text; a picture has hundreds and teaches nothing about text."""


NO_ROOTS: Mapping[str, str] = {}

Allowed = Sequence[str] | None
"""The models that a caller may use, by names and patterns as its key has them; None: all."""


BUSIER = 4
"""How many more requests a session's replica may have in flight than the idlest one."""


RESTART_S = 10
"""After this time a client asks again for an engine that is being started."""


class Model:
    """A model, and what was learned about it.

    `window` is in tokens, None while unknown. `images`, `system` (the role) and `switches` (of the template)
    turn false once an engine has refused one.
    """

    def __init__(self, id: str, window: int | None = None) -> None:
        self.id = id
        self.window = window
        self.images = self.system = self.switches = True
        self.profile = UNKNOWN
        self.bytes_per_token = BYTES_PER_TOKEN

    def estimate(self, body_bytes: int) -> int:
        """Tokens of a prompt whose request body has this many bytes; at least 1."""
        return max(1, round(body_bytes / self.bytes_per_token))

    def learn(self, body_bytes: int, tokens: int) -> None:
        """An exact count came back for a body of this many bytes."""
        if tokens > 0 and LEAST <= body_bytes / tokens <= MOST:
            self.bytes_per_token += LEARNING * (body_bytes / tokens - self.bytes_per_token)


class Replica:
    """One engine process that we call. `serves` says, for each of our models, the engine's own name."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._root = upstream.root
        self.headers = headers_for(upstream)
        self.serves: dict[str, str] = {}
        if upstream.name and upstream.model:
            self.serves[upstream.name] = upstream.model
        self.reachable = False
        self.losses = 0
        """How often it was found gone."""
        self.slow = False
        """It was lost only because it did not answer in time: what is known of it still holds."""
        self.kept = False
        """Somebody starts it again where it ends: it is down for a while only."""
        self.tokenize = True
        self.facts = EngineFacts()
        """What the last survey found."""
        self.in_flight = 0
        self._learned: dict[str, dict[str, bool]] = {}

    @property
    def mode(self) -> Mode | None:
        """How tools reach the model, where the configuration says it."""
        return None if self.upstream.tools == "auto" else self.upstream.tools

    def facts_of(self, model: "Model") -> EngineFacts:
        """What is known of the engine with one of its models."""
        learned = self._learned.get(model.id, {})
        if not self.tokenize:
            learned = {**learned, "counts": False}
        return replace(self.facts, **learned) if learned else self.facts

    def learn(self, model: "Model", **facts: bool) -> None:
        """Something showed itself on the way of a request; it holds until the engine comes up anew."""
        self._learned[model.id] = self._learned.get(model.id, {}) | facts

    def came_back(self) -> None:
        """Whatever was known of the engine may be another thing now."""
        self.facts = EngineFacts()
        self.tokenize = True
        self._learned.clear()

    def url(self, path: str) -> str:
        return self._root + path

    def name_of(self, model: Model) -> str:
        """The engine's own name for one of our models."""
        return self.serves.get(model.id, model.id)

    def terms(self, model: Model) -> Terms:
        """What is said of a request for the model beside the client's words."""
        return Terms(self.upstream.defaults, self.upstream.extra_body, model.profile)

    def gone(self, error: str) -> DragomanError:
        """What a client is told where no answer of it began."""
        if self.kept:
            return Busy("the engine is being started; try again in a few seconds", RESTART_S)
        return Unreachable(f"the engine at {self.upstream.root} cannot be reached: {error}")

    def take_listing(self, ids: Collection[str]) -> str | None:
        """The engine listed its models. Returns what the operator should know, or None."""
        upstream, said = self.upstream, None
        own = [upstream.model] if upstream.model else list(ids)
        if upstream.model and upstream.model not in ids:
            if len(ids) != 1:
                self.serves = {}
                return f"{upstream.root} does not serve {upstream.model!r}, only {', '.join(sorted(ids))}"
            own = list(ids)
            said = f"{upstream.root} does not serve {upstream.model!r}; its only model {own[0]!r} is used"
        self.serves = {upstream.name or id: id for id in own[: 1 if upstream.name else None]}
        return said


def headers_for(upstream: Upstream) -> Mapping[str, str]:
    """What each request to it carries."""
    headers = {"content-type": "application/json", **upstream.headers}
    if upstream.key:
        headers["authorization"] = f"Bearer {upstream.key}"
    return headers


def affinity(session: str, replica: Replica) -> bytes:
    """By rendezvous hashing: where a replica comes or goes, only the sessions of that one move."""
    return sha256(f"{session}\n{replica.upstream.url}".encode()).digest()


class Pool:
    """Every replica and model of this gateway.

    A model is known by the name of the configuration, or else by the engine's; `known` leads from
    every name that clients may use, the engines' own included, to the model's.
    """

    def __init__(
        self,
        upstreams: Iterable[Upstream],
        aliases: Mapping[str, str],
        profiles: Sequence[Profile] = (),
        catalog: Catalog | None = None,
    ) -> None:
        self.profiles = profiles
        self.catalog = catalog or Catalog({})
        self.toolset: Callable[[tuple[Tool, ...]], Toolset] = ByIdentity(compile_tools)
        """The tools of a request, compiled; sessions send the same ones with each request."""
        self.replicas = [Replica(upstream) for upstream in upstreams]
        self.aliases = aliases
        self.known: dict[str, str] = {}
        self.models: dict[str, Model] = {}
        for replica in self.replicas:
            self._add(replica, {}, {})

    def listed(
        self, replica: Replica, windows: Mapping[str, int | None], roots: Mapping[str, str] = NO_ROOTS
    ) -> str | None:
        """A replica listed its models, their windows, and where it says so what they really are.

        Returns what the operator should know, or None.
        """
        said = replica.take_listing(windows)
        replica.reachable = True
        self._add(replica, windows, roots)
        return said

    def _add(self, replica: Replica, windows: Mapping[str, int | None], roots: Mapping[str, str]) -> None:
        for name, engine_id in replica.serves.items():
            model = self.models.setdefault(name, Model(name))
            model.window = replica.upstream.window or windows.get(engine_id) or model.window
            profile = choose(self._candidates(replica), roots.get(engine_id, ""), engine_id, name)
            model.profile = model.profile if profile is UNKNOWN else profile
            self.known[name] = name
            self.known.setdefault(engine_id, name)

    def _candidates(self, replica: Replica) -> Sequence[Profile]:
        """The profiles that a replica's models may have; the one that is configured fits every name."""
        family = replica.upstream.family
        named = [replace(profile, names=("*",)) for profile in self.profiles if profile.family == family]
        return named or self.profiles

    def lost(self, replica: Replica, slow: bool = False) -> None:
        """A replica cannot be reached; its models stay known. `slow`: it did not answer in time."""
        replica.slow = slow and (replica.reachable or replica.slow)
        replica.reachable = False
        replica.losses += 1

    @property
    def default(self) -> str | None:
        """The model behind every `claude-*` name: the first that was configured or listed."""
        return next(iter(self.models), None)

    def find(self, name: str, allowed: Allowed = None) -> Model:
        """The model that answers to a name. Raises UnknownModel, Forbidden where it is none of those
        allowed, or Busy before any is known."""
        if not self.models:
            raise Busy("the engine has not come up yet; try again in a few seconds")
        try:
            model = self.models[route(name, self.known, self.aliases, self.default)]
        except UnknownModel:
            if allowed is None:
                raise
            raise UnknownModel(name, self.names(allowed)) from None
        if not self.permits(model, allowed):
            usable = ", ".join(self.names(allowed)) or "nothing that is served at present"
            raise Forbidden(f"model: {name} may not be used with this key, which may use {usable}")
        return model

    def permits(self, model: Model, allowed: Allowed) -> bool:
        return allowed is None or model.id in reached(allowed, self.known, self.aliases, self.default)

    def names(self, allowed: Allowed) -> list[str]:
        """What clients may call the models that are allowed."""
        return [entry.id for entry in self.entries(allowed)]

    def choose(self, model: Model, tried: Collection[Replica] = (), session: str = "") -> Replica | None:
        """The replica with the least in flight; one that was lost only where no other is left.

        A session stays with one replica, whose cache knows its prompt, while that is not much busier.
        """
        able = [r for r in self.replicas if model.id in r.serves and r not in tried]
        if len(able) < 2:
            return able[0] if able else None
        idlest = min(able, key=lambda r: (not r.reachable, r.in_flight))
        if not session:
            return idlest
        near = [
            r for r in able if r.reachable == idlest.reachable and r.in_flight <= idlest.in_flight + BUSIER
        ]
        return max(near, key=lambda r: affinity(session, r))

    def entries(self, allowed: Allowed = None) -> list[ModelEntry]:
        """The models as clients see them: published names of engines' ids, those ids, other names."""
        may = self.models if allowed is None else reached(allowed, self.known, self.aliases, self.default)
        ids = {id for replica in self.replicas for id in replica.serves.values()}
        names = [name for name in self.known if name in ids]
        shown = {published(name): self.known[name] for name in names} | self.known
        for alias, target in self.aliases.items():
            key = self.known.get(target) if target else self.default
            if key is not None and "*" not in alias:
                shown[alias] = key
        return [
            ModelEntry(name, name.removeprefix(PREFIX), self.models[key].window)
            for name, key in shown.items()
            if key in may
        ]
