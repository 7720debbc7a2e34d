"""OpenCode: what it has to know of a gateway, as a configuration in one variable.

`OPENCODE_CONFIG_CONTENT` outranks its configuration files and is merged with them, so nothing of the
user's is touched or hidden. Source: https://opencode.ai/docs/config and /docs/providers.
"""

import json
from collections.abc import Sequence
from typing import Any

from dragoman.launchers import PATIENCE_MS, PLACEHOLDER, Served, Start, Write, largest_output

PROGRAM = "opencode"
INSTALL = "npm install -g opencode-ai"
CLEARED: tuple[str, ...] = ()
PUBLISHED = False

PROVIDER = "dragoman"


def prepare(served: Served, arguments: Sequence[str], write: Write) -> Start:
    """Arguments are the user's alone: a `--model` among them wins."""
    content = json.dumps(configuration(served), ensure_ascii=False)
    return Start({"OPENCODE_CONFIG_CONTENT": content, **served.direct()}, [PROGRAM, *arguments])


def configuration(served: Served) -> dict[str, Any]:
    """The gateway as a provider, and its model for all that OpenCode asks, titles of sessions included."""
    name = f"{PROVIDER}/{served.model}"
    return {
        "model": name,
        "small_model": name,
        "provider": {PROVIDER: provider(served)},
        "share": "disabled",
        "autoupdate": False,
    }


def provider(served: Served) -> dict[str, Any]:
    """OpenCode brings this package with it, and fetches nothing for it."""
    options = {
        "baseURL": f"{served.url}/v1",
        "apiKey": served.token or PLACEHOLDER,
        "timeout": PATIENCE_MS,
    }
    return {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Dragoman",
        "options": options,
        "models": {served.model: model(served)},
    }


def model(served: Served) -> dict[str, Any]:
    """It compacts a conversation that comes near `context` less `output`."""
    described: dict[str, Any] = {"name": served.model}
    if served.window:
        described["limit"] = {"context": served.window, "output": largest_output(served.window)}
    return described
