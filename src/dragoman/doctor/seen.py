"""What the doctor saw, asked once and then only judged. None and empty: nobody could say.

Counterparts: `asking`, which asks servers, `client_files`, which reads a client's settings, and `recorded`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from dragoman.doctor.meters import Meters
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import UNKNOWN, Profile

NOTHING_KNOWN, NO_METERS = EngineFacts(), Meters()

Kind = Literal["gateway", "engine", "other", ""]
"""Ours; an engine that lists models; something else that answers; nothing that was asked or answered."""

Protocol = Literal["anthropic", "openai", "responses", ""]


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as a server lists it."""

    id: str
    window: int | None = None
    root: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """What answers where the client is sent, or was said to be."""

    url: str
    kind: Kind = ""
    name: str = ""
    """In words, with its version."""
    failure: str = ""
    """Why no answer came."""
    refused: int = 0
    """The status with which it refused to list its models."""
    models: tuple[Listed, ...] = ()
    messages: bool | None = None
    """It has the routes of Anthropic's protocol."""
    names: Mapping[str, bool] = field(default_factory=dict)
    """Names that a client asks for, and whether something answers to them."""
    swallowed: float = 0.0
    """Replies that an engine's parser took away, as our gateway counts them."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, asked itself or known from a gateway's status."""

    url: str
    reachable: bool = True
    asked: bool = True
    """Whether it was asked itself; from here its address may be another machine's."""
    health: int = 0
    refused: int = 0
    kind: str = ""
    facts: EngineFacts = NOTHING_KNOWN
    models: tuple[Listed, ...] = ()
    wanted: str = ""
    """The model that a configuration expects of it."""
    profile: Profile = UNKNOWN
    meters: Meters = NO_METERS
    template_tools: bool | None = None
    """The chat template writes tools into the prompt."""
    system_refused: str = ""
    """In what words the chat template refuses a second system message."""
    parser_fits: bool | None = None
    """Its parser read a call in the wording of the model's family."""

    @property
    def parser_set(self) -> bool | None:
        """Whether it was started with --tool-call-parser; only vLLM's metrics tell."""
        if not self.meters.samples or self.facts.kind != "vllm":
            return None
        return self.meters.has("vllm:tool_call_parser_invocations")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a client; `place` is the file, or the environment. Its value may be a secret."""

    value: str
    place: str


@dataclass(frozen=True, slots=True)
class Client:
    """A client's settings as they hold, and what they hide. `broken`: files that cannot be read, and why."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    hidden: Mapping[str, Setting] = field(default_factory=dict)
    """Variables of the environment that a file overrides with another value."""
    broken: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        found = self.settings.get(name)
        return found.value if found else ""

    def place(self, name: str) -> str:
        found = self.settings.get(name)
        return f"{name} in {found.place}" if found else name

    def on(self, name: str) -> bool:
        """Whether a switch is on, as Claude Code reads it."""
        return self.value(name).strip().lower() in ("1", "true", "yes", "on")

    def number(self, name: str) -> int | None:
        text = self.value(name).strip()
        return int(text) if text.isdecimal() and len(text) < 16 else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that somebody kept. `wrong`: why it is none."""

    file: str
    body: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    path: str = ""
    protocol: Protocol = ""
    wrong: str = ""
    tokens: int | None = None
    """As the server counts them."""
    answer: str = ""
    """In what words the server refused to count them."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A configuration file of the gateway. `wrong`: why it cannot serve."""

    file: str
    wrong: str = ""
    errors: tuple[str, ...] = ()
    port: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """All of it."""

    server: Server | None = None
    engines: tuple[Engine, ...] = ()
    configured: Configured | None = None
    client: Client | None = None
    request: Recorded | None = None

    @property
    def by_gateway(self) -> bool:
        """Whether requests pass our gateway: it answers, or its configuration is what is examined."""
        if self.server is not None and self.server.kind:
            return self.server.kind == "gateway"
        return self.configured is not None

    @property
    def models(self) -> tuple[Listed, ...]:
        """Those of the server, else of the engines."""
        if self.server is not None and self.server.models:
            return self.server.models
        return tuple(model for engine in self.engines for model in engine.models)

    def window(self, name: str = "") -> int | None:
        """The window of a model, in tokens: of the first with a known one where the name is not listed."""
        known = [model for model in self.models if model.window]
        named = [model.window for model in known if name and model.id in (name, f"anthropic/{name}")]
        return (named or [model.window for model in known] or [None])[0]

    @property
    def sole_engine(self) -> Engine | None:
        """The first engine whose survey said something."""
        return next((engine for engine in self.engines if engine.facts.kind != "unknown"), None)


def without_credentials(url: str) -> str:
    """A URL may hold a name and a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def authority(url: str) -> tuple[str, int]:
    """Host and port; all names of this machine are one."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", 0
    host = parts.hostname or ""
    return ("127.0.0.1" if host in ("localhost", "::1", "0.0.0.0") else host), port  # noqa: S104
