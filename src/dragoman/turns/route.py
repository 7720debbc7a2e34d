"""Which model answers to a name that a client asks for."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from dragoman.model.errors import UnknownModel

PREFIX = "anthropic/"
"""Published names begin with it: Claude Code lists such ids and still believes our window."""


def published(model: str) -> str:
    """The name under which Claude Code takes a model: `anthropic/<served name>`."""
    return model if model.startswith(PREFIX) else PREFIX + model


DISBELIEVED = (
    "Claude Code takes a model of such a name for Anthropic's and does not believe its context window; "
    f"{PREFIX}<the engine's name>, which is served as well, works better"
)


def disbelieved(name: str) -> bool:
    """Whether Claude Code takes a model of this name for Anthropic's, whose windows it believes to know."""
    return name.startswith("claude-") or "sonnet" in name or "haiku" in name


def route(name: str, known: Mapping[str, str], aliases: Mapping[str, str], default: str | None) -> str:
    """The model behind `name`: `known` by itself or by its published name, by an alias (the longest
    pattern wins), or the default for any `claude-*`. An alias to "" means the default.

    Raises UnknownModel, naming what is known.
    """
    if name in known:
        return known[name]
    if (bare := name.removeprefix(PREFIX)) in known:
        return known[bare]
    target = aliases.get(name)
    if target is None:
        patterns = [pattern for pattern in aliases if fnmatchcase(name, pattern)]
        if patterns:
            target = aliases[max(patterns, key=len)]
        elif bare.startswith("claude-"):
            target = ""
    if target is not None and target in known:
        return known[target]
    if target is not None and default is not None:
        return default
    raise UnknownModel(name, dict.fromkeys([*map(published, known.values()), *known, *aliases]))
