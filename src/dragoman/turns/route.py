"""Which model answers to a name that a client asks for."""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from dragoman.model.errors import UnknownModel

PREFIX = "anthropic/"
"""Published names begin with it: Claude Code lists such ids and still believes our window."""


def published(model: str) -> str:
    """The name under which Claude Code takes a model: `anthropic/<served name>`."""
    return model if model.startswith(PREFIX) else PREFIX + model


def route(name: str, models: Collection[str], aliases: Mapping[str, str], default: str | None) -> str:
    """The model behind `name`: itself, its published name, an alias (the longest pattern wins),
    or the default for any `claude-*`. An alias to "" means the default.

    Raises UnknownModel, naming what is known.
    """
    if name in models:
        return name
    if (bare := name.removeprefix(PREFIX)) in models:
        return bare
    target = aliases.get(name)
    if target is None:
        patterns = [pattern for pattern in aliases if fnmatchcase(name, pattern)]
        if patterns:
            target = aliases[max(patterns, key=len)]
        elif bare.startswith("claude-"):
            target = ""
    if target is not None and target in models:
        return target
    if target is not None and default is not None:
        return default
    raise UnknownModel(name, [*map(published, models), *models, *aliases])
