"""Codex: what it has to know of a gateway, as flags, and a catalog of models with the served one.

`-c` outranks the user's configuration for this run alone. Without a catalog Codex believes in a window of
its own and offers no tool for patches; with one it compacts by the served window. Source:
https://developers.openai.com/codex/config-reference and the models.json of Codex itself.
"""

import json
from collections.abc import Sequence
from typing import Any

from dragoman.launchers import Served, Start, Write

PROGRAM = "codex"
INSTALL = "npm install -g @openai/codex"
CLEARED: tuple[str, ...] = ()
PUBLISHED = False

PROVIDER = "dragoman"
KEY = "DRAGOMAN_KEY"

INSTRUCTIONS = """\
You are a coding agent in a terminal. You work in the user's directory with the tools that you are given.

- Do what is asked, all of it and nothing else, then stop. Go on until it is done; ask only where a wrong \
guess would cost much.
- Look before you change: search with `rg`, read the files that matter, follow the style that you find.
- Change files with `apply_patch`, in small patches. Never undo changes that are not yours.
- Run what shows that your change works: the tests, the build, the program. Read the output; a failure is a \
fact to report, not to hide.
- Commit, install or delete only where the user asked for it.
- AGENTS.md files hold the user's instructions for the folder in which they lie.
- End with a short report in plain words: what changed, in which files, what you ran and how it went.
"""
"""Short on purpose: each request carries it, and windows of self-hosted models are small."""


def prepare(served: Served, arguments: Sequence[str], write: Write) -> Start:
    """Flags of the user come later, and win."""
    path = write(json.dumps({"models": [described(served)]}, ensure_ascii=False))
    given = [word for name, value in settings(served, path).items() for word in ("-c", f"{name}={value}")]
    variables = ({KEY: served.token} if served.token else {}) | served.direct()
    return Start(variables, [PROGRAM, *given, *arguments], given)


def settings(served: Served, catalog: str) -> dict[str, str]:
    """The values are TOML."""
    return {
        "model": quoted(served.model),
        "model_provider": quoted(PROVIDER),
        f"model_providers.{PROVIDER}": provider(served),
        "model_catalog_json": quoted(catalog),
        "show_raw_agent_reasoning": "true",
        "web_search": quoted("disabled"),
        "analytics.enabled": "false",
        "check_for_update_on_startup": "false",
    }


def provider(served: Served) -> str:
    """An inline table; the key is read from a variable, so that it is on no command line."""
    fields = {
        "name": quoted("Dragoman"),
        "base_url": quoted(f"{served.url}/v1"),
        "wire_api": quoted("responses"),
    }
    if served.token:
        fields["env_key"] = quoted(KEY)
    return "{" + ", ".join(f"{name} = {value}" for name, value in fields.items()) + "}"


def quoted(text: str) -> str:
    """A string of TOML, which takes every escape that JSON writes below U+0080."""
    return json.dumps(text, ensure_ascii=False)


def described(served: Served) -> dict[str, Any]:
    """The model as an entry of the catalog."""
    return {
        "slug": served.model,
        "display_name": served.model,
        "base_instructions": INSTRUCTIONS,
        "context_window": served.window,
        "input_modalities": ["text"],
        "apply_patch_tool_type": "freeform",
        "shell_type": "unified_exec",
        "supports_parallel_tool_calls": True,
        "supports_reasoning_summaries": False,
        "supported_reasoning_levels": [],
        "support_verbosity": False,
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "experimental_supported_tools": [],
        "supported_in_api": True,
        "visibility": "list",
        "priority": 1,
    }
