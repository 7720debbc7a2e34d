"""Settings as frozen values, checked with paths. Who loads them from where is not known here."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

PORT = 4000
WEAK_KEYS = frozenset({"sk-1234", "sk-12345", "sk-test", "test", "password", "changeme"})
"""Keys that stand in published guides: everybody knows them."""


Level = Literal["understood", "mended", "ignored", "warning", "error"]


class SettingsError(ValueError):
    """`str(error)` names the setting and says what to do."""


class Remark(Struct, frozen=True):
    """What became of one key of a configuration; `path` is such as `model_list[0].model_name`."""

    path: str
    level: Level
    text: str

    def __str__(self) -> str:
        tail = f" ({self.text})" if self.level == "ignored" else f": {self.text}"
        return f"{self.level}: {self.path}{tail}"


class Upstream(Struct, frozen=True, forbid_unknown_fields=True):
    """An engine that we call: its OpenAI-compatible base `url`, with or without `/v1`."""

    url: str
    key: str = ""
    model: str = ""
    """Serve only this one of its models; empty: all that it lists."""
    name: str = ""
    """What clients call that model; empty: as the engine calls it. Equal names are replicas."""
    window: int | None = None
    """The model's window in tokens, where the engine does not say it or says it wrongly."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent to the engine with each request."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a chat completion that apply where the client says nothing, such as `temperature`."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a chat completion that are always sent, over what the client says."""
    timeout: float | None = None
    """Instead of the gateway's `timeout`, in seconds."""
    tools: Literal["auto", "native", "raw", "completion", "rendered"] = "auto"
    """How tools reach the model (docs/tool-calls.md); `auto`: as the engine's survey finds it right."""
    constrain: Literal["auto", "strict", "off"] = "auto"
    """Whether the engine's grammar keeps calls well-formed (docs/tool-calls.md): where that costs nothing,
    wherever it can, never."""
    family: str = ""
    """The model's family, a file of `profiles/`, where its name does not tell."""

    @property
    def root(self) -> str:
        """The engine's URL without `/v1`."""
        return self.url.rstrip("/").removesuffix("/v1")


class Search(Struct, frozen=True, forbid_unknown_fields=True):
    """Who searches the web for clients that leave it to the server: `searxng`, `brave` or `tavily`."""

    provider: str = "searxng"
    url: str = ""
    """SearXNG's own address; for the others only where it is not the usual one."""
    key: str = ""


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that clients may send, and what it lets them do."""

    key: str
    name: str = ""
    """What the log calls it; empty: its place in the list."""
    models: tuple[str, ...] | None = None
    """All that it may use: names or patterns, as clients write them or as engines call their models."""
    requests_per_minute: int | None = None
    parallel: int | None = None
    """How many of its requests may be answered at once."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    upstreams: tuple[Upstream, ...] = ()
    host: str = "127.0.0.1"
    port: int = PORT
    key: str = ""
    """The key that clients must send; without any key none is needed, on loopback only."""
    keys: tuple[Key, ...] = ()
    """More keys, each with rights and limits of its own; `key` has all rights and no limits."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names that clients may use -> an engine's model id, or "" for the first model."""
    allow_weak_key: bool = False
    body_limit: int = 32 * 1024 * 1024
    """The largest request body, in bytes. Anthropic's own limit is 32 MiB."""
    timeout: float = 600.0
    """Seconds until the engine must have begun to answer a streamed request."""
    whole_timeout: float = 290.0
    """Seconds until the engine must have answered a request that is not streamed."""
    verbose: bool = False
    """Log everything."""
    search: Search | None = None
    """Web search, which no open model has by itself."""
    vision_model: str = ""
    """The model that is asked instead where a request holds pictures and its own model takes none."""
    usage_window: int | None = None
    """The window that clients believe in, in tokens: usage is scaled to it, so that they compact in time."""

    @property
    def all_keys(self) -> tuple[Key, ...]:
        """Every key that is accepted, each of `keys` with a name; empty: no key is needed."""
        named = (replace(key, name=key.name or f"keys[{index}]") for index, key in enumerate(self.keys))
        return (*((Key(self.key),) if self.key else ()), *named)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check(settings: Settings) -> None:
    """Raises SettingsError where these settings would be unsafe or cannot work."""
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"port: {settings.port} is not between 0 and 65535")
    if not settings.upstreams:
        raise SettingsError(
            "upstreams: name at least one engine, for instance --upstream http://127.0.0.1:8000"
        )
    for index, upstream in enumerate(settings.upstreams):
        check_url(f"upstreams[{index}].url", upstream.url)
    for index, key in enumerate(settings.keys):
        check_key(f"keys[{index}]", key)
    check_apart(settings)
    if not is_loopback(settings.host):
        check_guarded(settings)


def check_key(path: str, key: Key) -> None:
    """Raises SettingsError where a key could not be used, or could do something else than was meant."""
    if not key.key:
        raise SettingsError(f"{path}.key: an empty key lets nobody in; give one or leave the entry out")
    if not key.name.isprintable() or key.key in key.name:
        raise SettingsError(f"{path}.name: the log shows it, so it is one line of text without the key")
    if key.models is not None and not all(key.models or ("",)):
        raise SettingsError(f"{path}.models: name at least one model, or leave it out to allow all")
    for name in ("requests_per_minute", "parallel"):
        limit = getattr(key, name)
        if limit is not None and limit < 1:
            raise SettingsError(f"{path}.{name}: {limit} allows nothing; leave it out for no limit")


def check_apart(settings: Settings) -> None:
    """Raises SettingsError where one key stands twice: it would be unsaid which of its limits hold."""
    seen = {settings.key: "key"}
    for index, key in enumerate(settings.keys):
        first = seen.setdefault(key.key, f"keys[{index}]")
        if first != f"keys[{index}]":
            raise SettingsError(f"keys[{index}].key: it is the same as that of {first}")


def check_guarded(settings: Settings) -> None:
    """Raises SettingsError where other machines could come in without a key, or with one that all know."""
    if not settings.key and not settings.keys:
        raise SettingsError(
            f"key: {settings.host} can be reached from other machines, so a key is required; set "
            "--key-file, DRAGOMAN_KEY, or `key:` or `keys:` in the configuration, or bind to 127.0.0.1"
        )
    paths = {"key": settings.key} | {f"keys[{i}].key": key.key for i, key in enumerate(settings.keys)}
    for path, given in paths.items():
        if given in WEAK_KEYS and not settings.allow_weak_key:
            raise SettingsError(
                f"{path}: this key stands in published guides and protects nothing beyond loopback; "
                "choose another one, or set allow_weak_key: true if you must"
            )


def check_url(path: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise SettingsError(f"{path}: {url!r}: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{path}: {url!r} is no URL such as http://127.0.0.1:8000")
