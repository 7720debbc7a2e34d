"""Claude Code's settings as they hold: its files, each over the one before, over the environment.

Nothing is changed, and no value leaves this module but for those of settings.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dragoman.doctor.seen import Client, Setting

ENVIRONMENT = "the environment"
MANAGED = Path("/etc/claude-code/managed-settings.json")
PREFIXES = (
    "ANTHROPIC_",
    "CLAUDE_",
    "API_",
    "DISABLE_",
    "ENABLE_",
    "MAX_THINKING",
    "HTTP",
    "NO_PROXY",
    "ALL_",
)
KEYS = ("apiKeyHelper", "model", "autoCompactWindow")
LARGEST = 4 << 20


def files(environment: Mapping[str, str], home: Path, folder: Path) -> list[Path]:
    """Where it looks, the weakest first."""
    own = Path(environment.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    project = folder / ".claude"
    listed = [own / "settings.json", project / "settings.json", project / "settings.local.json", MANAGED]
    return list(dict.fromkeys(listed))


def read(environment: Mapping[str, str], home: Path, folder: Path) -> Client:
    """The settings of a start of Claude Code in this folder with this environment."""
    held = {
        name: Setting(value, ENVIRONMENT) for name, value in environment.items() if relevant(name) and value
    }
    hidden: dict[str, Setting] = {}
    broken: dict[str, str] = {}
    for file in files(environment, home, folder):
        try:
            given = one(file)
        except (OSError, ValueError) as error:
            broken[shown(file, home)] = error.strerror or "" if isinstance(error, OSError) else str(error)
            continue
        for name, value in given.items():
            was = held.get(name)
            if was is not None and was.place == ENVIRONMENT and was.value != value:
                hidden[name] = was
            held[name] = Setting(value, shown(file, home))
    return Client({name: setting for name, setting in held.items() if setting.value}, hidden, broken)


def relevant(name: str) -> bool:
    return name.upper().startswith(PREFIXES)


def one(file: Path) -> dict[str, str]:
    """What one file says. Raises OSError, and ValueError for what Claude Code could not read either."""
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    try:
        given: Any = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValueError("it is no JSON object")
    variables = given.get("env", {})
    if not isinstance(variables, dict):
        raise ValueError("`env` is no object")
    found = {name: text_of(value) for name, value in variables.items() if relevant(name)}
    return found | {name: text_of(given[name]) for name in KEYS if given.get(name) is not None}


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def shown(file: Path, home: Path) -> str:
    """A path as people write it."""
    try:
        return f"~/{file.relative_to(home).as_posix()}"
    except ValueError:
        return str(file)
