"""Gathers what is to be judged: files are read, servers asked, each once. Counterpart: `examining.judge`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dragoman.configuration.files import Flags, load_remarked
from dragoman.doctor import claude, client_files, recorded
from dragoman.doctor.asking import Asker
from dragoman.doctor.seen import Client, Configured, Recorded, Seen, authority
from dragoman.settings import PORT, Settings, SettingsError, Upstream, check, check_url

URL = f"http://127.0.0.1:{PORT}"
TAILS = ("/v1/messages", "/v1/chat/completions", "/v1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be examined. Without a URL it is the client's own server, else the usual one."""

    url: str = ""
    key: str = ""
    config: Path | None = None
    request: Path | None = None
    client: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks: a user's environment, home and folder."""

    environment: Mapping[str, str]
    home: Path
    folder: Path


async def gather(wanted: Wanted, place: Place) -> Seen:
    """Everything that can be seen. Raises OSError for a file of the user's that cannot be read."""
    client = client_files.read(place.environment, place.home, place.folder) if wanted.client else None
    request = read_request(wanted.request) if wanted.request else None
    configured, settings = read_configuration(wanted.config, place.environment)
    seen = Seen(configured=configured, client=client, request=request)
    url, key = target(wanted, client)
    asker = Asker(key)
    try:
        if url:
            seen = await at(url, seen, asker, settings.upstreams)
            if seen.server is not None and seen.server.failure and not named(wanted, client):
                seen = replace(seen, server=None)
        if not seen.engines and (seen.server is None or not seen.server.kind):
            found = [await asker.engine(upstream) for upstream in settings.upstreams]
            seen = replace(seen, engines=tuple(found))
    finally:
        asker.close()
    return seen


async def at(url: str, seen: Seen, asker: Asker, upstreams: tuple[Upstream, ...]) -> Seen:
    """The same with what answers at a URL, and what it says of the names and the request."""
    server = await asker.server(url)
    if server.kind == "gateway":
        seen = replace(seen, engines=await asker.behind(server, upstreams))
    elif server.kind == "engine":
        seen = replace(seen, engines=(await asker.engine(Upstream(url, key=asker.key)),))
        server = await asker.counts(server, server.models[0].id if server.models else "")
    if server.kind and not server.refused:
        server = await asker.names(server, asked_names(seen))
        if seen.request is not None:
            seen = replace(seen, request=await asker.counted(server, seen.request))
    return replace(seen, server=server)


def asked_names(seen: Seen) -> Iterable[str]:
    """The model names that the client and the request ask for."""
    if seen.client is not None:
        yield from claude.models(seen.client)
    if seen.request is not None and isinstance(name := seen.request.body.get("model"), str):
        yield name


def target(wanted: Wanted, client: Client | None) -> tuple[str, str]:
    """What to ask and with what key; the client's own key goes to the client's own server only."""
    if wanted.url:
        return wanted.url, wanted.key
    own = root(client.value(claude.URL)) if client is not None else ""
    if own and client is not None:
        token = client.value("ANTHROPIC_AUTH_TOKEN") or client.value("ANTHROPIC_API_KEY")
        return own, wanted.key or (token if token.isprintable() else "")
    alone = wanted.config is not None and wanted.request is None and client is None
    return ("" if alone else URL), wanted.key


def named(wanted: Wanted, client: Client | None) -> bool:
    """Whether somebody said that a server is there, or nothing else is to be examined."""
    own = client is not None and bool(root(client.value(claude.URL)))
    return bool(wanted.url) or own or not (wanted.config or wanted.request or wanted.client)


def root(url: str) -> str:
    """A client's base URL as the server's own; empty for none, and for Anthropic's."""
    bare = url.strip().rstrip("/")
    for tail in TAILS:
        bare = bare.removesuffix(tail)
    try:
        check_url("ANTHROPIC_BASE_URL", bare)
    except SettingsError:
        return ""
    return "" if authority(bare)[0].endswith("anthropic.com") else bare


def read_request(file: Path) -> Recorded:
    """Raises OSError."""
    with file.open("rb") as stream:
        return recorded.read(file.name, stream.read(recorded.LARGEST + 1))


def read_configuration(
    file: Path | None, environment: Mapping[str, str]
) -> tuple[Configured | None, Settings]:
    """What a configuration file comes to, as `serve` would read it."""
    if file is None:
        return None, Settings()
    try:
        found = load_remarked(file, Flags(), environment)
        check(found.settings)
    except SettingsError as error:
        words = str(error).removeprefix(f"{file}: ").rstrip(".")
        return Configured(str(file), wrong=words), Settings()
    errors = [f"{remark.path}: {remark.text}" for remark in found.remarks if remark.level == "error"]
    return Configured(str(file), errors=tuple(errors), port=found.settings.port), found.settings
