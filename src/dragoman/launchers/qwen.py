"""qwen-code: what it has to know of a gateway, as a file of settings of the highest rank.

The file that `QWEN_CODE_SYSTEM_SETTINGS_PATH` names outranks the user's and the project's settings and
replaces only the machine's own. A model of `modelProviders` there is taken with its URL, key and window
as one. The key goes as a variable. Source: the documentation inside the package, configuration/settings.
"""

import json
from collections.abc import Sequence
from typing import Any

from dragoman.launchers import PATIENCE_MS, PLACEHOLDER, Served, Start, Write, largest_output

PROGRAM = "qwen"
INSTALL = "npm install -g @qwen-code/qwen-code"
CLEARED = ("OPENAI_MODEL", "QWEN_MODEL")
"""They would name a model that the settings do not have."""
PUBLISHED = False

KEY = "DRAGOMAN_KEY"


def prepare(served: Served, arguments: Sequence[str], write: Write) -> Start:
    """Arguments are the user's alone."""
    path = write(json.dumps(settings(served), ensure_ascii=False))
    variables = {
        "QWEN_CODE_SYSTEM_SETTINGS_PATH": path,
        KEY: served.token or PLACEHOLDER,
        **served.direct(),
    }
    return Start(variables, [PROGRAM, *arguments])


def settings(served: Served) -> dict[str, Any]:
    """The settings, without the key."""
    return {
        "$version": 4,
        "security": {"auth": {"selectedType": "openai"}},
        "model": {"name": served.model},
        "modelProviders": {"openai": [provider(served)]},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"enableAutoUpdate": False},
    }


def provider(served: Served) -> dict[str, Any]:
    """Without a window given here, it would guess one from the model's name."""
    patience = ("timeout", "streamIdleTimeoutMs", "streamMaxLifetimeMs")
    generation: dict[str, Any] = dict.fromkeys(patience, PATIENCE_MS)
    if served.window:
        generation["contextWindowSize"] = served.window
        generation["samplingParams"] = {"max_tokens": largest_output(served.window)}
    return {
        "id": served.model,
        "name": f"{served.model} (Dragoman)",
        "baseUrl": f"{served.url}/v1",
        "envKey": KEY,
        "generationConfig": generation,
    }
