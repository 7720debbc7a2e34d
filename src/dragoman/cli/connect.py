"""How clients connect, as rows of text: the last thing that `up` and `serve` print."""

from collections.abc import Sequence

from dragoman.model.catalog import ModelEntry
from dragoman.settings import PORT, is_loopback
from dragoman.turns.route import PREFIX

Row = tuple[str, str]


def head(version: str, url: str, host: str) -> list[Row]:
    """Where the gateway is."""
    rows = [("", ""), ("Dragoman", f"{version} on {url}")]
    if not is_loopback(host):
        rows.append(("", "open to other machines; each request needs the key"))
    return rows


def models(entries: Sequence[ModelEntry]) -> list[Row]:
    """The published names with their windows."""
    own = [entry for entry in entries if entry.id.startswith(PREFIX)]
    return [
        ("" if index else "Model" if len(own) == 1 else "Models", with_window(entry))
        for index, entry in enumerate(own)
    ]


def everything(engines: int) -> str:
    """What ends with the gateway, in words."""
    return "gateway and engines" if engines > 1 else "gateway and engine" if engines else "the gateway"


def with_window(entry: ModelEntry) -> str:
    return f"{entry.id}, {entry.window:,} tokens" if entry.window else f"{entry.id}, window unknown"


def clients(url: str, key: bool) -> list[Row]:
    """What a user types; `key` says whether one is needed. None is ever shown."""
    own = "" if url == f"http://127.0.0.1:{PORT}" else f" --url {url}"
    launch = f"dragoman launch claude{own}"
    token = "'<the key>'" if key else "dragoman"
    return [
        ("", ""),
        ("Claude Code", f"DRAGOMAN_KEY='<the key>' {launch}" if key else launch),
        ("or by hand", f"export ANTHROPIC_BASE_URL={url}"),
        ("", f"export ANTHROPIC_AUTH_TOKEN={token}"),
        ("OpenAI", f"base URL {url}/v1"),
        ("", ""),
    ]
