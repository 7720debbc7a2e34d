"""`dragoman status`: what a running gateway knows of its engines, and how tools reach their models."""

import json
from http.client import HTTPException
from typing import TYPE_CHECKING, Annotated
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import typer

from dragoman.cli import options, recorded
from dragoman.cli.recorded import meant
from dragoman.cli.screen import show
from dragoman.model.errors import DragomanError
from dragoman.settings import PORT, check_url, is_loopback

if TYPE_CHECKING:
    from dragoman.runtime.record import Record
    from dragoman.status import EngineStatus, ModelStatus, Status

TIMEOUT_S = 10
Row = tuple[str, str]


class NoStatus(DragomanError):
    """The gateway is not there, or wants another key."""


def status(
    url: Annotated[
        str,
        typer.Option(metavar="URL", help=f"The gateway. [the one that runs here, else 127.0.0.1:{PORT}]"),
    ] = "",
    key: Annotated[str, typer.Option(metavar="KEY", help="The gateway's key. Better: DRAGOMAN_KEY.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> int:
    """Show a running gateway's engines, their models, and how tools reach them."""
    url = (url or f"http://127.0.0.1:{meant(None)}").rstrip("/").removesuffix("/v1")
    check_url("--url", url)
    run = run_at(url)
    try:
        found = ask(url, options.key_of_client(key))
    except NoStatus as error:
        # Its record is this user's own, and tells without a key what can be known.
        if run is not None and run.alive and not as_json:
            show([*recorded.rows(run), ("", "")])
        elif run is not None and not run.alive:
            raise NoStatus(f"{recorded.stale_words(run)}; `dragoman stop` clears it away") from None
        raise error from None
    if as_json:
        from msgspec import to_builtins

        print(json.dumps(to_builtins(found), indent=2, ensure_ascii=False))
    else:
        listed = rows(found, url)
        show([*listed[:-1], *recorded.rows(run), ("", "")] if run is not None and run.alive else listed)
    return 0


def run_at(url: str) -> "Record | None":
    """The record of the gateway at a URL of this machine, stale or not."""
    from dragoman.runtime import record

    parts = urlsplit(url)
    return record.read(parts.port or 80) if is_loopback(parts.hostname or "") else None


def ask(url: str, token: str) -> "Status":
    """The gateway's own page. Raises NoStatus."""
    from msgspec.json import decode

    from dragoman.status import Status

    headers = {"x-api-key": token} if token else {}
    # A proxy cannot reach this machine's loopback; elsewhere it may be the only way.
    proxies = ProxyHandler({}) if is_loopback(urlsplit(url).hostname or "") else ProxyHandler()
    try:
        with build_opener(proxies).open(
            Request(f"{url}/status", headers=headers), timeout=TIMEOUT_S
        ) as reply:
            return decode(reply.read(), type=Status)
    except HTTPError as error:
        raise NoStatus(refused(url, error.code, bool(token))) from None
    except (OSError, HTTPException):
        raise NoStatus(f"no gateway answers at {url}; start one with `dragoman up`, or see --url") from None
    except ValueError:
        raise NoStatus(f"what answers at {url} is no gateway of Dragoman's; see --url") from None


def refused(url: str, status: int, with_key: bool) -> str:
    if status not in (401, 403):
        return f"{url} answered {status} when asked for its status; is this a gateway of Dragoman's?"
    if with_key:
        return f"the gateway at {url} does not accept this key"
    return f"the gateway at {url} wants a key; set DRAGOMAN_KEY, or --key"


def rows(found: "Status", url: str) -> list[Row]:
    """The status as names and values."""
    listed: list[Row] = [("", ""), ("Dragoman", f"{plain(found.version)} on {url}")]
    for engine in found.engines:
        listed += engine_rows(engine)
    repairs = ", ".join(f"{plain(kind)} {count}" for kind, count in found.repairs.items())
    return [*listed, ("", ""), ("Tool calls", f"{found.calls:,}"), ("Repairs", repairs or "none"), ("", "")]


def engine_rows(engine: "EngineStatus") -> list[Row]:
    kind = f"{engine.kind} {engine.version}".strip() if engine.kind != "unknown" else "of unknown kind"
    state = f"{engine.in_flight} in flight" if engine.reachable else "cannot be reached"
    listed = [("", ""), ("Engine", plain(f"{engine.url}, {kind}, {state}"))]
    for model in engine.models:
        listed += model_rows(model)
    return listed


def model_rows(model: "ModelStatus") -> list[Row]:
    name = model.id if model.served_as == model.id else f"{model.id} (there {model.served_as})"
    window = f"{model.window:,} tokens" if model.window else "window unknown"
    family = f"family {model.family}" if model.family != "unknown" else "family unknown"
    return [
        ("Model", plain(f"{name}, {window}, {family}")),
        ("Tools", plain(f"{model.tools.mode}: {model.tools.reason}")),
    ]


def plain(text: str) -> str:
    """An engine's words, without what would move the cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
