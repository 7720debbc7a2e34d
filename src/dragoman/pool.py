"""What can be called: models, the replicas that serve them, and which one to call next.

Mutable, but without I/O: probes report what they found, exchanges count themselves in and out.
"""

from collections.abc import Collection, Iterable, Mapping

from dragoman.model.catalog import ModelEntry
from dragoman.model.errors import Busy
from dragoman.settings import Upstream
from dragoman.turns.route import published, route

BYTES_PER_TOKEN = 4.0
LEARNING = 0.2
"""Weight of the newest exact count in the bytes per token that a model is believed to have."""


class Model:
    """A model as an engine lists it, and what was learned about it.

    `window` is in tokens, None while unknown. `images` and `tokenize` turn false once the
    engine has refused.
    """

    def __init__(self, id: str, window: int | None = None) -> None:
        self.id = id
        self.window = window
        self.images = True
        self.bytes_per_token = BYTES_PER_TOKEN

    def estimate(self, body_bytes: int) -> int:
        """Tokens of a prompt whose request body has this many bytes; at least 1."""
        return max(1, round(body_bytes / self.bytes_per_token))

    def learn(self, body_bytes: int, tokens: int) -> None:
        """An exact count came back for a body of this many bytes."""
        if tokens > 0:
            self.bytes_per_token += LEARNING * (body_bytes / tokens - self.bytes_per_token)


class Replica:
    """One engine process that we call, and the models that it listed last."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.models: frozenset[str] = frozenset()
        self.reachable = False
        self.tokenize = True
        self.in_flight = 0

    def url(self, path: str) -> str:
        return self.upstream.root + path

    @property
    def headers(self) -> Mapping[str, str]:
        headers = {"content-type": "application/json"}
        if self.upstream.key:
            headers["authorization"] = f"Bearer {self.upstream.key}"
        return headers


class Pool:
    """Every replica and model of this gateway."""

    def __init__(self, upstreams: Iterable[Upstream], aliases: Mapping[str, str]) -> None:
        self.replicas = [Replica(upstream) for upstream in upstreams]
        self.models: dict[str, Model] = {}
        self.aliases = aliases

    def listed(self, replica: Replica, windows: Mapping[str, int | None]) -> str | None:
        """A replica listed its models and their windows. Returns what the operator should know."""
        wanted, said = replica.upstream.model, None
        if wanted and wanted not in windows and len(windows) == 1:
            only = next(iter(windows))
            said = f"{replica.upstream.root} does not serve {wanted!r}; its only model {only!r} is used"
        elif wanted:
            windows = {id: window for id, window in windows.items() if id == wanted}
        replica.reachable = True
        replica.models = frozenset(windows)
        for id, window in windows.items():
            model = self.models.setdefault(id, Model(id))
            model.window = window or model.window
        return said

    def lost(self, replica: Replica) -> None:
        """A replica cannot be reached; its models stay known."""
        replica.reachable = False

    @property
    def default(self) -> str | None:
        """The model behind every `claude-*` name: the first that was listed."""
        return next(iter(self.models), None)

    def find(self, name: str) -> Model:
        """The model that answers to a name. Raises UnknownModel, or Busy before any is known."""
        if not self.models:
            raise Busy("the engine has not come up yet; try again in a few seconds")
        return self.models[route(name, self.models, self.aliases, self.default)]

    def choose(self, model: Model, tried: Collection[Replica] = ()) -> Replica | None:
        """The replica with the least in flight; one that was lost only where no other is left."""
        able = [r for r in self.replicas if model.id in r.models and r not in tried]
        return min(able, key=lambda r: (not r.reachable, r.in_flight), default=None)

    def entries(self) -> list[ModelEntry]:
        """The models as clients see them: published names, the engines' own ids, aliases."""
        entries = [ModelEntry(published(m.id), m.id, m.window) for m in self.models.values()]
        entries += [ModelEntry(m.id, m.id, m.window) for m in self.models.values()]
        for alias, target in self.aliases.items():
            model = self.models.get(target or self.default or "")
            if model is not None and "*" not in alias:
                entries.append(ModelEntry(alias, f"{alias} ({model.id})", model.window))
        return entries
